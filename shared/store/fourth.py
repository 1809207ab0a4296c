"""What every service's fourth migration makes: versions read once for all subscribers of a service. Frozen."""

TABLES = (
    # Reading begins anew at the log's first record: only headers are looked at, and nothing is taken in twice.
    "drop table heads",
    """
    create table streams (
      subject text not null, source text not null, version integer not null, chain bytea not null,
      partition smallint not null, position bigint not null,
      constraint streams_pkey primary key (subject, source)) with (fillfactor = 80)
    """,
    """
    create table strays (
      partition smallint not null, position bigint not null, turn text not null, subject text not null,
      source text not null, version integer not null, chain bytea not null, filled_at bigint,
      constraint strays_pkey primary key (partition, position))
    """,
    "create index strays_open on strays (partition) where filled_at is null and turn = 'early'",
)


def grants(role: str) -> tuple[str, ...]:
    return (f"grant select, insert, update, delete on streams, strays to {role}",)


def statements(service: str) -> tuple[str, ...]:
    """Everything the fourth migration of a service runs, in order."""
    return (*TABLES, *grants(f"closedloop_{service}"))
