"""What tables alone can't say: that history is never changed, and who may do what."""

APPEND_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the journal is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger journal_append_only before update or delete on journal
  for each row execute function refuse_change();
create trigger journal_never_truncated before truncate on journal
  for each statement execute function refuse_change();
"""
"""N13 in the database itself: neither a bug nor a borrowed password of the service changes what was recorded."""

CONFLICT = """
create function require_all_set(asked bigint, done bigint) returns boolean language plpgsql as $$
begin
  if asked <> done then
    raise exception 'a guard moved' using errcode = 'serialization_failure';
  end if;
  return true;
end $$;
"""
"""Makes an append fail as a whole when a guard that matched in its snapshot was changed before it got the row."""


def grants(role: str) -> str:
    """Least privilege of the running service: it may add to the journal and read it, nothing more."""
    return f"""
grant usage on schema public to {role};
grant select, insert on journal to {role};
grant select, insert, update, delete on
  outbox, idempotency, guards, due, offsets, heads, parked, leases, generations to {role};
grant select, insert on kept_types to {role};
grant usage on all sequences in schema public to {role};
create schema if not exists views authorization {role};
"""
