"""Alembic's way in."""

from shared.store.migrate import run_environment

run_environment()
