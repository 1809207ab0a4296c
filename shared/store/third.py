"""What every service's third migration makes: what an upgrade needs while old code and new run at once. Frozen."""

TABLES = (
    """
    create table kept_types (
      type text primary key, batch integer not null, since timestamptz not null default clock_timestamp())
    """,
    """
    create table backfills (
      batch integer not null, partition smallint not null, next_offset bigint not null, upto bigint not null,
      constraint backfills_pkey primary key (batch, partition))
    """,
    "alter table offsets add column keeps integer not null default 0",
    "alter table leases add column runs text[]",
    "create table oldest_code (migration text primary key)",
    "insert into oldest_code values ('0001')",
)

ONLY_GROWS = """
create trigger kept_types_only_grow before update or delete on kept_types
  for each row execute function refuse_any_change()
"""
"""Old workers obey the table for as long as they run: a type that could go again would leave a hole in the journal."""


def grants(role: str) -> tuple[str, ...]:
    """The running service keeps further types and notes how far it went back; it reads what migrations say."""
    return (
        f"grant select, insert on kept_types to {role}",
        f"grant select, insert, update on backfills to {role}",
        f"grant select on oldest_code, alembic_version to {role}",
    )


def statements(service: str) -> tuple[str, ...]:
    """Everything the third migration of a service runs, in order."""
    return (*TABLES, ONLY_GROWS, *grants(f"closedloop_{service}"))
