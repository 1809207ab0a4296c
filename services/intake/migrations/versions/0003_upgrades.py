"""Which facts of others are kept and since when, what each worker runs, and which code is too old."""

from alembic import op

from shared.store.third import statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in statements("intake"):
        op.execute(statement)
