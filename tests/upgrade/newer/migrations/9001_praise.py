"""A table that old code knows nothing of: an upgrade only ever adds."""

from alembic import op

from tests.upgrade.newer.edition import newest_migration

revision = "9001"
down_revision = newest_migration()


def upgrade() -> None:
    op.execute("create table praise (subject text primary key)")
