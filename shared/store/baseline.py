"""The store's first tables, as every service's first migration makes them. Frozen: what changes is a new migration."""

TABLES = (
    """
    create table journal (
      subject text not null, revision integer not null, source text not null, version integer not null,
      id uuid not null, type text not null, recorded timestamptz not null, body bytea not null, chain bytea not null,
      constraint journal_pkey primary key (subject, revision),
      constraint journal_stream unique (subject, source, version))
    """,
    """
    create table outbox (
      id bigserial primary key, subject text not null, revision integer not null, traceparent text,
      written_at timestamptz not null default clock_timestamp())
    """,
    """
    create table idempotency (
      key text primary key, fingerprint bytea not null, answer jsonb not null,
      written_at timestamptz not null default clock_timestamp())
    """,
    "create index idempotency_age on idempotency (written_at)",
    "create table guards (key text primary key, revision integer not null, value jsonb)",
    """
    create table due (
      id uuid primary key, kind text not null, subject text not null, revision integer not null,
      due_at timestamptz not null, state text not null default 'waiting', attempts integer not null default 0,
      not_before timestamptz, last_error text)
    """,
    "create index due_waiting on due (due_at) where state in ('waiting', 'sending')",
    """
    create table offsets (
      subscriber text not null, partition smallint not null, next_offset bigint not null, log text not null,
      last_event uuid, read_to_end_at timestamptz,
      constraint offsets_pkey primary key (subscriber, partition))
    """,
    """
    create table heads (
      subscriber text not null, subject text not null, source text not null, version integer not null,
      constraint heads_pkey primary key (subscriber, subject, source))
    """,
    """
    create table parked (
      subscriber text not null, subject text not null, partition smallint not null, position bigint not null,
      source text not null, version integer not null, reason text not null, error text,
      parked_at timestamptz not null default clock_timestamp(),
      constraint parked_pkey primary key (subscriber, subject, position))
    """,
    "create table leases (name text primary key, owner text not null, until timestamptz not null)",
    """
    create table generations (
      view text not null, generation integer not null, live smallint not null,
      created_at timestamptz not null default clock_timestamp(),
      constraint generations_pkey primary key (view, generation))
    """,
    "create unique index generations_one_live on generations (view) where live = 1",
)

APPEND_ONLY = (
    """
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the journal is append-only' using errcode = 'insufficient_privilege';
    end $$
    """,
    """
    create trigger journal_append_only before update or delete on journal
      for each row execute function refuse_change()
    """,
    """
    create trigger journal_never_truncated before truncate on journal
      for each statement execute function refuse_change()
    """,
)
"""N13 in the database itself: neither a bug nor a borrowed password of the service changes what was recorded."""

GUARD_MOVED = """
create function require_all_set(asked bigint, done bigint) returns boolean language plpgsql as $$
begin
  if asked <> done then
    raise exception 'a guard moved' using errcode = 'serialization_failure';
  end if;
  return true;
end $$
"""
"""Makes an append fail as a whole when a guard that matched in its snapshot was changed before it got the row."""


def grants(role: str) -> tuple[str, ...]:
    """Least privilege of the running service: it may read the journal and add to it, and change only its own notes."""
    return (
        (
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role}; "
            "end if; exception when duplicate_object or unique_violation then null; end $$"
        ),
        "create schema views",
        f"grant usage on schema public to {role}",
        f"grant usage, create on schema views to {role}",
        f"grant select, insert on journal to {role}",
        (
            "grant select, insert, update, delete on outbox, idempotency, guards, due, offsets, heads, parked, "
            f"leases, generations to {role}"
        ),
        f"grant usage on all sequences in schema public to {role}",
    )


def statements(service: str) -> tuple[str, ...]:
    """Everything the first migration of a service runs, in order."""
    return (*TABLES, *APPEND_ONLY, GUARD_MOVED, *grants(f"closedloop_{service}"))
