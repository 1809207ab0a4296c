"""Ids that grow with time, so that an index over them grows at its end."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A uuid7."""
    return compat.uuid7()
