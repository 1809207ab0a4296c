"""What every service's fifth migration makes: when the dead rows of each table are swept. Frozen.

Measured, see docs/decisions/0028-tables-as-they-grow.md. Set on the tables, so that they hold on any server.
"""

SETTINGS = {
    # A queue: every row dies at once, and whoever looks for the next walks over the dead until they are swept.
    "outbox": (
        "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0"
    ),
    "offsets": "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500",
    "due": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500",
    "idempotency": "autovacuum_vacuum_scale_factor = 0.02",
    "streams": "autovacuum_vacuum_scale_factor = 0.02",
    # Only ever added to: frozen at the first sweep, soon after they were written, and never again all at once.
    "journal": "autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_freeze_min_age = 0",
    "accesses": "autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_freeze_min_age = 0",
}


def statements() -> tuple[str, ...]:
    """Everything the fifth migration of a service runs, in order."""
    return tuple(f"alter table {table} set ({settings})" for table, settings in SETTINGS.items())
