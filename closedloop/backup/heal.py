"""Making log, stores and vault of an installation agree after a restore. Nothing runs meanwhile.

Looked at first, changed then: whatever contradicts itself, or is lost, is said before a single row is written. Killed
in between, the same command goes on: every step finds out anew what is missing, and nothing starts before the end.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from closedloop.backup.heal_log import in_order, put_back
from closedloop.backup.heal_positions import Moved, begin_anew, misplaced, realign
from closedloop.backup.heal_scan import CantHeal, Store, compare, missing_events, read_partition
from closedloop.backup.heal_store import Effects, StoreRegained, regain, settle_effects
from closedloop.backup.marks import logs_of, mark_all
from closedloop.backup.place import Place, connected, must_be_at_rest
from closedloop.backup.restore import ERASED, HANDED_BACK, STARTED, erased_by
from closedloop.backup.vaultfile import open_vault
from closedloop.installation import SERVICES
from closedloop.system import rooms_of
from shared.clock import Clock
from shared.eventlog.protocol import EventLog, Reader
from shared.privacy.vault import Vault
from shared.runtime import event_log

_OWNERS_OF_FILES = "select distinct owner from files"
_SAME_LOG = "update offsets set log = $1 where log <> $1"

Say = Callable[[str, int, int], None]
"""(what is being done, partitions done, of how many)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator says may be; without it, it is refused."""

    new_log: bool = False
    """This log takes the place of the one that the stores stood in."""
    loss: bool = False
    """What is in no part any more may stay lost."""
    only_look: bool = False


@dataclass(slots=True)
class Plan:
    """What is to be done, as it was found before anything was changed."""

    events: int = 0
    into_log: int = 0
    behind: dict[str, dict[int, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    misplaced: int = 0
    lost: int = 0
    new_log: bool = False
    marked: bool = False
    keys_lost: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)

    @property
    def nothing(self) -> bool:
        """True when all agree."""
        return not (self.into_log or self.behind or self.misplaced or self.new_log or self.marked or self.keys_lost)


@dataclass(slots=True)
class Healed:
    """What was done, or (`only_look`) is to be done."""

    events: int
    into_log: int = 0
    stores: dict[str, StoreRegained] = field(default_factory=dict)
    positions: Moved = field(default_factory=Moved)
    effects: dict[str, Effects] = field(default_factory=dict)
    keys_lost: int = 0
    erased_again: int = 0
    streams_lost: int = 0
    subjects_behind: dict[str, int] = field(default_factory=dict)
    nothing: bool = False

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


async def heal(place: Place, allowed: Allowed, say: Say = lambda what, done, of: None) -> Healed:
    """Heal an installation. Raises CantHeal, StillRunning, and what log, vault and databases raise."""
    await must_be_at_rest(place)
    async with _opened(place) as (log, reader, vault, stores):
        plan = await _look(place, log, reader, vault, stores, say)
        healed = Healed(
            plan.events,
            plan.into_log,
            keys_lost=len(plan.keys_lost),
            streams_lost=plan.lost,
            subjects_behind={name: sum(map(len, each.values())) for name, each in plan.behind.items()},
            nothing=plan.nothing,
        )
        if allowed.only_look:
            return healed
        _must_be_allowed(plan, allowed, await logs_of(place), await log.identity())
        if not plan.nothing:
            await mark_all(place)
            await _heal(place, log, reader, stores, plan, healed, say)
        healed.erased_again = await _erase(vault, stores, plan)
        await _agree(place, log, stores)
        return healed


@asynccontextmanager
async def _opened(place: Place) -> AsyncIterator[tuple[EventLog, Reader, Vault, list[Store]]]:
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(place))
        log = event_log(place.settings, place.dsn_of)
        await log.start()
        stack.push_async_callback(log.stop)
        reader = log.reader()
        stack.push_async_callback(reader.close)
        stores = []
        for service in SERVICES:
            connection = await stack.enter_async_context(connected(place.owner(service)))
            store = Store(rooms_of(service), connection)
            await store.find_subjects(log.partitions)
            stores.append(store)
        yield log, reader, vault, stores


async def _look(place: Place, log: EventLog, reader: Reader, vault: Vault, stores: Sequence[Store], say: Say) -> Plan:
    plan = Plan()
    owners: set[str] = set()
    for number in range(log.partitions):
        say("looking", number, log.partitions)
        told = await read_partition(reader, number)
        found = await compare(told, stores)
        plan.events += len(told.places)
        missing = await missing_events(told, found.lacking, stores)
        plan.into_log += sum(map(len, missing.values()))
        for service, subjects in found.behind.items():
            plan.behind[service][number] = subjects
        for store in stores:
            elsewhere, lost = await misplaced(told, found.truth, store)
            plan.misplaced += elsewhere
            plan.lost += lost
        owners |= told.owners
        plan.erased |= told.erased
    plan.erased |= erased_by(place)
    logs, plan.marked = await logs_of(place)
    plan.new_log = bool(logs - {await log.identity()})
    for store in stores:
        owners |= {row["owner"] for row in await store.connection.fetch(_OWNERS_OF_FILES)}
    plan.keys_lost = await vault.unknown(owners) - plan.erased
    return plan


def _must_be_allowed(plan: Plan, allowed: Allowed, logs: tuple[set[str], bool], identity: str) -> None:
    if plan.new_log and not allowed.new_log:
        others = ", ".join(sorted(logs[0] - {identity}))
        raise CantHeal(
            f"The stores stood in log {others}; this is log {identity}. If it takes that log's place for ever, run "
            f"`closedloop restore heal --new-log`: {plan.into_log:,} events will be put into it. If not, set "
            "CLOSEDLOOP_KAFKA and CLOSEDLOOP_TOPIC as they were."
        )
    lost = []
    if plan.lost:
        lost.append(f"of {plan.lost:,} streams more was read than is in any part: bring a later back-up of them")
    if plan.keys_lost:
        lost.append(
            f"the vault has no key of {len(plan.keys_lost):,} people whose data is in the log or the files: bring the "
            "vault's newest back-up, or nobody can read that data ever again"
        )
    if lost and not allowed.loss:
        without = "To go on without it: `closedloop restore heal --accept-loss`."
        raise CantHeal(f"Something is lost: {'; and '.join(lost)}. {without}")


async def _heal(
    place: Place,
    log: EventLog,
    reader: Reader,
    stores: Sequence[Store],
    plan: Plan,
    healed: Healed,
    say: Say,
) -> None:
    for number in range(log.partitions):
        say("putting events into the log", number, log.partitions)
        told = await read_partition(reader, number)
        missing = await missing_events(told, (await compare(told, stores)).lacking, stores)
        await put_back(log, told, in_order(told, missing))
        for store in stores:
            await realign(told, store, healed.positions)
    hold = (place.settings.data / HANDED_BACK).exists()
    now = Clock(place.settings.data / "clock" if place.settings.embedded else None).now()
    for done, store in enumerate(stores):
        say(f"giving {store.name} its events back", done, len(stores))
        if store.name in plan.behind:
            healed.stores[store.name] = await regain(store, reader, plan.behind[store.name])
        if store.rooms.effects:
            healed.effects[store.name] = await settle_effects(store, now, hold=hold)


async def _erase(vault: Vault, stores: Sequence[Store], plan: Plan) -> int:
    """Destroy what was destroyed before; views forget first what they may have held in clear."""
    again = plan.erased - await vault.destroyed(plan.erased)
    if gone := again | plan.keys_lost:
        for store in stores:
            async with store.connection.transaction():
                for view in store.rooms.views:
                    if view.personal:
                        await _forget(store, view.full_name)
        await vault.destroy_all(gone)
    return len(again)


async def _forget(store: Store, view: str) -> None:
    generations = await store.connection.fetch("select generation from generations where view = $1", view)
    for row in generations:
        await begin_anew(store, f"view:{view}_g{row['generation']}")


async def _agree(place: Place, log: EventLog, stores: Sequence[Store]) -> None:
    """From here on everything may start."""
    identity = await log.identity()
    (place.settings.data / HANDED_BACK).unlink(missing_ok=True)
    for store in stores:
        await store.connection.execute(_SAME_LOG, identity)
    for noted in (STARTED, ERASED):
        (place.settings.data / noted).unlink(missing_ok=True)
