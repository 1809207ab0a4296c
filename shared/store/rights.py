"""Who may do what in each database: least privilege for each kind of process, declared once.

`closedloop serve` connects as `closedloop_<database>_api`, `closedloop work` as `closedloop_<database>_worker`. Where
one process is both, it is `closedloop_<database>`, a member of the two. Nobody who runs may change or take away an
event, and nobody but the owner, who migrates, may alter a table. The rights are set anew by every migration, so that
what somebody gave by hand is gone.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

Kind = Literal["api", "worker"]
KINDS: tuple[Kind, ...] = get_args(Kind)

LETTERS: Mapping[str, str] = {"s": "select", "i": "insert", "u": "update", "d": "delete"}

Rights = Mapping[str, Mapping[Kind, str]]
"""By table and kind, the letters of what is allowed."""

SERVICE: Rights = {
    "journal": {"api": "si", "worker": "si"},
    # An append brings rows into the outbox and into what is due; the worker sends and takes up, and takes them away.
    "outbox": {"api": "si", "worker": "sid"},
    "due": {"api": "si", "worker": "siud"},
    # A deadline's command is remembered too, so the worker adds; and it forgets what is old.
    "idempotency": {"api": "si", "worker": "sid"},
    "guards": {"api": "siu", "worker": "siu"},
    "offsets": {"api": "s", "worker": "siud"},
    "streams": {"api": "s", "worker": "siud"},
    "strays": {"api": "s", "worker": "siud"},
    "parked": {"api": "s", "worker": "sid"},
    "generations": {"api": "s", "worker": "siud"},
    # An API says that it is there by a lease of its own.
    "leases": {"api": "siud", "worker": "siud"},
    # A decision may name a file, so the worker reads which there are; who reads what is none of its business.
    "files": {"api": "si", "worker": "s"},
    "accesses": {"api": "si", "worker": ""},
    "kept_types": {"api": "s", "worker": "si"},
    "backfills": {"api": "s", "worker": "siu"},
    "oldest_code": {"api": "s", "worker": "s"},
    "alembic_version": {"api": "s", "worker": "s"},
}
"""In the database of every service. What is in `views` the worker owns and the API reads."""

VAULT: Rights = {"vault_keys": {"api": "si", "worker": "si"}}
"""Keys are made and read by whoever seals."""

DESTROYS = {"vault_keys": "closedloop_vault"}
"""To destroy a key, or to put keys back, takes the vault's own role: no API and no worker does."""

LOG: Rights = {
    "log_identity": {"api": "s", "worker": "s"},
    "log_partition": {"api": "s", "worker": "su"},
    # An API sends nothing: it appends, and a worker relays.
    "log_record": {"api": "", "worker": "si"},
}


def rights_in(database: str) -> Rights:
    """Those of a database by its name: a service, `vault` or `log`."""
    return {"vault": VAULT, "log": LOG}.get(database, SERVICE)


def role_of(database: str, kind: Kind | None = None) -> str:
    """The role of a kind of process; without one, of a process that is both."""
    return f"closedloop_{database}" if kind is None else f"closedloop_{database}_{kind}"


def statement(database: str) -> str:
    """One statement that sets all rights in a database, whatever they were. For its owner, who may make roles.

    Of a table that is not there (yet) nothing is said. Running processes see all of it at once or nothing.
    """
    api, worker, both = role_of(database, "api"), role_of(database, "worker"), role_of(database)
    own = database in ("vault", "log")
    parts = [
        *(_made(role) for role in (api, worker, both)),
        _REACHED,
        # Vault and log belong to their own role in the embedded run, which must not lose what an owner has.
        _taken_back(f"{api}, {worker}" if own else f"{api}, {worker}, {both}"),
        *_granted(database),
        *(_numbers(role_of(database, kind)) for kind in KINDS),
        "" if own else _VIEWS,
        *(_member(role, both) for role in (api, worker)),
    ]
    body = "\n".join(parts).replace("{api}", api).replace("{worker}", worker).replace("{both}", both)
    return f"do $rights$ declare found record; begin {body} end $rights$"


def _made(role: str) -> str:
    return f"""
    begin
      if to_regrole('{role}') is null then create role {role}; end if;
    exception when duplicate_object or unique_violation then null;
    end;
    """


_REACHED = """
execute format('revoke all on database %I from public', current_database());
execute format('grant connect on database %I to {api}, {worker}, {both}', current_database());
revoke all on schema public from public;
grant usage on schema public to {api}, {worker}, {both};
"""
"""Nobody reaches a database that is not theirs, or makes anything in the schema of the tables."""


def _taken_back(roles: str) -> str:
    return f"""
    revoke all on all tables in schema public from public, {roles};
    revoke all on all sequences in schema public from public, {roles};
    """


def _granted(database: str) -> Iterator[str]:
    for table, kinds in rights_in(database).items():
        grants = [
            f"grant {', '.join(LETTERS[letter] for letter in letters)} on {table} to {role_of(database, kind)};"
            for kind, letters in kinds.items()
            if letters
        ]
        if table in DESTROYS:
            grants.append(f"grant update on {table} to {DESTROYS[table]};")
        yield f"if to_regclass('public.{table}') is not null then {' '.join(grants)} end if;"


def _numbers(role: str) -> str:
    """Whoever may add to a table draws its rows' numbers."""
    return f"""
    for found in
      select s.oid::regclass as number from pg_class s
      join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass
      where s.relkind = 'S' and s.relnamespace = 'public'::regnamespace
        and has_table_privilege('{role}', d.refobjid, 'insert')
    loop
      execute format('grant usage on sequence %s to {role}', found.number);
    end loop;
    """  # noqa: S608 -- a role's name of our own making


_VIEWS = """
revoke all on schema views from public, {both};
grant usage on schema views to {api};
grant usage, create on schema views to {worker};
-- Only whoever could be the new owner may give something away; a superuser always may.
if not (select rolsuper from pg_roles where rolname = current_user) then
  execute format('grant {worker}, {both} to %I', current_user);
end if;
for found in
  select c.oid::regclass as made, case c.relkind when 'v' then 'view' else 'table' end as kind from pg_class c
  where c.relnamespace = 'views'::regnamespace and c.relkind in ('r', 'v') and c.relowner <> '{worker}'::regrole
loop
  execute format('alter %s %s owner to {worker}', found.kind, found.made);
end loop;
grant select on all tables in schema views to {api};
alter default privileges for role {worker}, {both} in schema views grant select on tables to {api};
"""
"""The worker makes and owns the tables of views; what a process that is both has made becomes the worker's."""


def _member(group: str, member: str) -> str:
    # Only if it is not so already: the row of a membership is the whole server's, and two databases may be migrated at
    # once.
    return f"""
    if not exists (select from pg_auth_members where roleid = '{group}'::regrole and member = '{member}'::regrole
                   and inherit_option) then
      grant {group} to {member};
    end if;
    """
