"""Evidence files, the log of who read what, and searching within texts."""

from alembic import op

from shared.store.second import statements

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in statements("desk"):
        op.execute(statement)
