"""The store: journal, outbox, guards and what else every service keeps."""

from alembic import op

from shared.store.baseline import statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in statements("desk"):
        op.execute(statement)
