"""How a service decides: pure functions from what is known and what is asked to what happened."""

from shared.decide.command import Actor, Command, ComplaintCommand
from shared.decide.known import Known, StoredFile
from shared.decide.refused import Forbidden, NotFound, NotYetSeen, Refused, Taken

__all__ = [
    "Actor",
    "Command",
    "ComplaintCommand",
    "Forbidden",
    "Known",
    "NotFound",
    "NotYetSeen",
    "Refused",
    "StoredFile",
    "Taken",
]
