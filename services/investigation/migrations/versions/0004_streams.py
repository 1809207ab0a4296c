"""In which turn each record of the log comes, kept once for all subscribers."""

from alembic import op

from shared.store.fourth import statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for statement in statements("investigation"):
        op.execute(statement)
