"""The PostgreSQL of `make run`: it comes from a wheel, lives in one directory, and needs nothing installed."""

from closedloop.postgres.embedded import EmbeddedPostgres
from closedloop.postgres.server import PostgresUnavailable

__all__ = ["EmbeddedPostgres", "PostgresUnavailable"]
