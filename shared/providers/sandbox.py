"""A provider that also refuses and falls silent, by the amount, for a house to practise what it hopes never to see.

As payment services' own sandboxes do it: the last two digits of the minor units say what happens. All else goes to the
provider behind it.
"""

from typing import Any, Final

from shared.decide.due import OutcomeUnknown, Provider, Sent

REFUSED_ENDING: Final = 13
"""Amounts such as 88.13: refused, `account-closed`."""
SILENT_ENDING: Final = 17
"""Amounts such as 88.17: nobody ever says what became of them."""


class Sandbox:
    """Provider in front of another."""

    def __init__(self, behind: Provider) -> None:
        self._behind = behind
        self._silent: set[str] = set()

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        """Raises OutcomeUnknown."""
        ending = int(request.get("amount_minor", 0)) % 100
        if ending == REFUSED_ENDING:
            return Sent(refused="account-closed")
        if ending == SILENT_ENDING:
            self._silent.add(key)
            raise OutcomeUnknown(f"the sandbox says nothing of amounts that end in {SILENT_ENDING}")
        return await self._behind.send(key, request)

    async def look_up(self, key: str) -> Sent | None:
        """Raises OutcomeUnknown. After a restart a silent payment is sent anew, and is as silent as before."""
        if key in self._silent:
            raise OutcomeUnknown("the sandbox still says nothing")
        return await self._behind.look_up(key)
