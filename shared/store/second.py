"""What every service's second migration makes: evidence files, and the log of who read what. Frozen, like the first."""

TABLES = (
    """
    create table files (
      sha256 text primary key, subject text not null, owner text not null, media_type text not null,
      size bigint not null, sealed bytea not null, stored_by text not null, stored_at timestamptz not null)
    """,
    # Ciphertext does not shrink: without this, every file would be compressed in vain before it is written.
    "alter table files alter column sealed set storage external",
    """
    create table accesses (
      id bigserial primary key, at timestamptz not null, actor text not null, role text not null,
      department text not null, on_behalf_of text, operation text not null, purpose text, subjects text[] not null)
    """,
    "create index accesses_at on accesses (at)",
    "create index accesses_actor on accesses (actor, at)",
    "create index accesses_subjects on accesses using gin (subjects)",
)

APPEND_ONLY = (
    """
    create function refuse_any_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
    end $$
    """,
    """
    create trigger accesses_append_only before update or delete on accesses
      for each row execute function refuse_any_change()
    """,
    """
    create trigger accesses_never_truncated before truncate on accesses
      for each statement execute function refuse_any_change()
    """,
    """
    create trigger files_never_changed before update on files
      for each row execute function refuse_any_change()
    """,
)
"""N18 in the database itself: who has read a case can't be unsaid. A file may go one day, but never become another."""

SEARCH = "create extension if not exists pg_trgm"
"""For indexes that find a piece of text anywhere within a column. Trusted: the database's owner may create it."""


def grants(role: str) -> tuple[str, ...]:
    """The running service may read both tables and add to them; nothing else."""
    return (
        f"grant select, insert on files, accesses to {role}",
        f"grant usage on sequence accesses_id_seq to {role}",
    )


def statements(service: str) -> tuple[str, ...]:
    """Everything the second migration of a service runs, in order."""
    return (*TABLES, *APPEND_ONLY, SEARCH, *grants(f"closedloop_{service}"))
