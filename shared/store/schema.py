"""The tables that every service has. Migrations make them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData()
_stamp = DateTime(timezone=True)

journal = Table(
    "journal",
    metadata,
    Column("subject", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("id", UUID(as_uuid=True), nullable=False),
    Column("type", Text, nullable=False),
    Column("recorded", _stamp, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    PrimaryKeyConstraint("subject", "revision", name="journal_pkey"),
    UniqueConstraint("subject", "source", "version", name="journal_stream"),
    info={"meaning": "What the service did and what it learned, in one order a subject. Never changed, never deleted."},
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("traceparent", Text),
    Column("written_at", _stamp, nullable=False, server_default=func.clock_timestamp()),
    info={"meaning": "A queue of what the log has not acknowledged yet."},
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("written_at", _stamp, nullable=False, server_default=func.clock_timestamp()),
    Index("idempotency_age", "written_at"),
    info={"meaning": "Answers to commands that were carried out, by actor and Idempotency-Key."},
)

guards = Table(
    "guards",
    metadata,
    Column("key", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("value", JSONB),
    info={"meaning": "What must be unique or summed over subjects; compared and set by the append."},
)

due = Table(
    "due",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("due_at", _stamp, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("not_before", _stamp),
    Column("last_error", Text),
    Index("due_waiting", "due_at", postgresql_where=text("state in ('waiting', 'sending')")),
    info={"meaning": "What happens later: deadlines and effects. A replay never writes here."},
)

offsets = Table(
    "offsets",
    metadata,
    Column("subscriber", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("log", Text, nullable=False),
    Column("last_event", UUID(as_uuid=True)),
    Column("read_to_end_at", _stamp),
    Column("keeps", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("subscriber", "partition", name="offsets_pkey"),
    info={"meaning": "How far a subscriber is in each partition; moves by compare-and-set, beside what it produced."},
)

streams = Table(
    "streams",
    metadata,
    Column("subject", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("subject", "source", name="streams_pkey"),
    info={"meaning": "Where each stream stands in the log as it was read here: version, chain, and the place of it."},
)

strays = Table(
    "strays",
    metadata,
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("turn", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("filled_at", BigInteger),
    PrimaryKeyConstraint("partition", "position", name="strays_pkey"),
    Index("strays_open", "partition", postgresql_where=text("filled_at is null and turn = 'early'")),
    info={"meaning": "What stood out of turn in the log: doubles, what came too early, what continues no chain."},
)

parked = Table(
    "parked",
    metadata,
    Column("subscriber", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text),
    Column("parked_at", _stamp, nullable=False, server_default=func.clock_timestamp()),
    PrimaryKeyConstraint("subscriber", "subject", "position", name="parked_pkey"),
    info={"meaning": "Where a subscriber's events of a subject wait, and why. Positions in the log only: no content."},
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", _stamp, nullable=False),
    Column("runs", ARRAY(Text)),
    info={"meaning": "Who does what for the moment. Politeness: the offsets' compare-and-set is the fence."},
)

generations = Table(
    "generations",
    metadata,
    Column("view", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("live", SmallInteger, nullable=False),
    Column("created_at", _stamp, nullable=False, server_default=func.clock_timestamp()),
    PrimaryKeyConstraint("view", "generation", name="generations_pkey"),
    Index("generations_one_live", "view", unique=True, postgresql_where=text("live = 1")),
    info={"meaning": "The generations of each view's table, and which one answers."},
)

kept_types = Table(
    "kept_types",
    metadata,
    Column("type", Text, primary_key=True),
    Column("batch", Integer, nullable=False),
    Column("since", _stamp, nullable=False, server_default=func.clock_timestamp()),
    info={"meaning": "Facts of others that the journal keeps, whichever code runs. It only grows."},
)

backfills = Table(
    "backfills",
    metadata,
    Column("batch", Integer, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("upto", BigInteger, nullable=False),
    PrimaryKeyConstraint("batch", "partition", name="backfills_pkey"),
    info={"meaning": "How far the log was read again for types that were not kept from its beginning."},
)

oldest_code = Table(
    "oldest_code",
    metadata,
    Column("migration", Text, primary_key=True),
    info={"meaning": "The newest migration that code must know to work here; older code refuses to start."},
)

files = Table(
    "files",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("stored_by", Text, nullable=False),
    Column("stored_at", _stamp, nullable=False),
    info={"meaning": "Evidence files under the hash of their ciphertext; `size` is that of the clear bytes."},
)

accesses = Table(
    "accesses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("at", _stamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("operation", Text, nullable=False),
    Column("purpose", Text),
    Column("subjects", ARRAY(Text), nullable=False),
    Index("accesses_at", "at"),
    Index("accesses_actor", "actor", "at"),
    Index("accesses_subjects", "subjects", postgresql_using="gin"),
    info={"meaning": "Who read, printed or exported what of whom, and what for. Never changed, never deleted."},
)
