"""Why a command is not carried out. A refusal writes nothing."""

from typing import Any


class Refused(Exception):
    """A rule says no. `code` is stable and machine-readable; `message` says in plain words what to do instead."""

    status = 409

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.details = details


class NotYetSeen(Refused):
    """A fact that this rule rests on has not arrived here yet. Not a rule's no: try again shortly.

    Absence can't be known, so a gate never opens because something was not seen (design 4.3).
    """

    def __init__(self, what: str, message: str) -> None:
        super().__init__("not_yet_seen", message, waiting_for=what)


class Forbidden(Refused):
    """The actor may not do this at all, whatever the state of the case."""

    status = 403


class NotFound(Refused):
    """There is no such complaint here."""

    status = 404


class Taken(Exception):
    """A value that must be unique is in use: the command is decided again with `known.attempt` one higher."""
