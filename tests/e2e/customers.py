"""Customers and contacts over HTTP: asked, read, and looked at until the views have them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.fixtures.system import House
from tests.patience import Tries

AGENT, OTHER_AGENT = "li.na", "yang.fan"
LEAD, REVIEWER, CALLER, CLERK = "wang.qiang", "xu.fei", "huang.ting", "tian.mei"
AUDITOR = "cao.ying"
_OWN = "select count(*) from journal where subject = $1 and source = 'intake'"


@dataclass
class Front:
    """What the front desk does."""

    house: House

    async def done(self, who: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """A command that must succeed."""
        response = await self.house.post(who, f"intake/{path}", body, **options)
        assert response.status_code in (200, 201), (path, response.status_code, response.text)
        return response

    async def refused(
        self, who: str, path: str, body: Any, code: str, subject: str, status: int = 409, **options: Any
    ) -> dict[str, Any]:
        """A command that must be refused, and that must leave not one event."""
        before = await self.events(subject)
        response = await self.house.post(who, f"intake/{path}", body, **options)
        assert (response.status_code, response.json().get("code")) == (status, code), response.text
        assert await self.events(subject) == before
        told: dict[str, Any] = response.json()
        return told

    async def events(self, subject: str) -> int:
        count: int = await self.house.system.runtimes["intake"].pool.fetchval(_OWN, subject)
        return count

    async def customer(self, **fields: Any) -> str:
        """A customer's file; says their id."""
        body = {"name": "王芳", "phones": ["138 0013 8000"]} | fields
        subject = (await self.done(AGENT, "customers", body)).json()["subject"]
        return str(subject.partition(":")[2])

    async def contact(self, kind: str = "enquiry", who: str = AGENT, **fields: Any) -> str:
        """An enquiry or a service request; says its id."""
        now = self.house.system.process.clock.now().isoformat()
        body = {
            "kind": kind, "caller": "王芳 138", "channel": "phone", "content": "How long?", "received_at": now,
        }  # fmt: skip
        subject = (await self.done(who, "contacts", body | fields)).json()["subject"]
        return str(subject.partition(":")[2])

    async def service_given(self) -> str:
        """A service request that the back office has handled."""
        contact = await self.contact("service")
        await self.done(AGENT, f"contacts/{contact}/passing-on", {"department": "back-office", "remark": "Please."})
        await self.done(CLERK, f"contacts/{contact}/service", {"remark": "The new card was sent."})
        return contact

    async def reviewed(self) -> str:
        """A service request that waits for the callback."""
        contact = await self.service_given()
        etag = (await self.row(contact)).headers["etag"]
        await self.done(REVIEWER, f"contacts/{contact}/review", {"passed": True, "remark": "Complete."}, etag=etag)
        return contact

    async def row(self, contact: str, who: str = AGENT) -> httpx2.Response:
        """The contact as intake shows it, at least as new as the last command on it."""
        token = self.house.seen[f"intake:contact:{contact}"]
        response = await self.house.get(who, f"intake/contacts/{contact}", **{"Consistency-Token": token})
        assert response.status_code == 200, response.text
        return response

    async def read(self, path: str, who: str = AGENT) -> Any:
        response = await self.house.get(who, f"intake/{path}")
        return response.json() if response.status_code == 200 else {"status": response.status_code}

    async def shows(self, path: str, holds: Callable[[Any], bool], who: str = AGENT) -> Any:
        """Wait until a read answers as it should."""
        shown: Any = None
        async for _ in Tries():
            shown = await self.read(path, who)
            if holds(shown):
                return shown
        raise AssertionError(f"{path} shows {shown}")

    async def found(self, piece: str, who: str = AGENT, **narrowed: str) -> list[dict[str, Any]]:
        """What the look-up finds now."""
        response = await self.house.client.get(
            "intake/lookup",
            params={"q": piece, "purpose": "handling", **narrowed},
            headers={"Authorization": f"Bearer {self.house.token(who)}"},
        )
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    async def finds(self, piece: str, holds: Callable[[dict[str, Any]], bool], who: str = AGENT) -> dict[str, Any]:
        """Wait until the look-up finds such a thing."""
        items: list[dict[str, Any]] = []
        async for _ in Tries():
            items = await self.found(piece, who, limit="100")
            if found := next((item for item in items if holds(item)), None):
                return found
        raise AssertionError(f"{piece} finds {items}")
