"""When the dead rows of each table are swept."""

from alembic import op

from shared.store.fifth import statements

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)
