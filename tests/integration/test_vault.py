"""Keys of personal data in a real PostgreSQL, and what is sealed under them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from shared.privacy.keycache import DESTROYED, KeyCache
from shared.privacy.keyring import KeyMissing, Keyring, PersonErased, SealBroken
from shared.privacy.personal import Erased, NotOpened, Personal
from shared.privacy.vault import MasterKeyRefused, Vault, VaultUnavailable, WrongMasterKey, master_key
from tests.fixtures.postgres import Database

MASTER = bytes(range(32))
ANN, BOB = "person:ann", "person:bob"
SCOPE = "scope:accountability"
LIFE = 0.3


class Letter(BaseModel):
    model_config = ConfigDict(frozen=True)

    to: Personal
    about: Personal | None = None
    lines: tuple[Personal, ...] = ()


class Counted(BaseModel):
    count: int = 0


@pytest.fixture
async def dsn(database: Database) -> str:
    return await database("vault")


@pytest.fixture
async def vault(dsn: str) -> AsyncIterator[Vault]:
    vault = Vault(dsn, MASTER, cache_seconds=LIFE)
    await vault.start()
    yield vault
    await vault.stop()


@pytest.fixture
async def elsewhere(dsn: str) -> AsyncIterator[Vault]:
    """The vault as another process sees it."""
    vault = Vault(dsn, MASTER, cache_seconds=LIFE)
    await vault.start()
    yield vault
    await vault.stop()


async def rows(dsn: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(statement, *arguments))
    finally:
        await connection.close()


async def sealed_letter(vault: Vault, event_id: str = "e1") -> Letter:
    letter = Letter(to=Personal.of(ANN, "Ann"), about=Personal.of(BOB, "鮑伯"), lines=(Personal.of(ANN, "one"),))
    return (await Keyring(vault).seal([(event_id, letter)]))[0]


async def test_what_was_sealed_opens_for_another_process(vault: Vault, elsewhere: Vault) -> None:
    sealed = await sealed_letter(vault)
    with pytest.raises(NotOpened):
        _ = sealed.to.clear
    read = Letter.model_validate_json(sealed.model_dump_json())
    (opened,) = await Keyring(elsewhere).open([("e1", read)])
    assert opened.about is not None
    assert (opened.to.clear, opened.about.clear, opened.lines[0].clear) == ("Ann", "鮑伯", "one")
    assert opened.model_dump_json() == sealed.model_dump_json()
    assert opened == sealed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=300), max_size=4), name=st.text())
async def test_any_unicode_comes_back(vault: Vault, texts: list[str], name: str) -> None:
    letter = Letter(to=Personal.of(ANN, name), lines=tuple(Personal.of(BOB, text) for text in texts))
    keyring = Keyring(vault)
    (sealed,) = await keyring.seal([("e1", letter)])
    (opened,) = await keyring.open([("e1", Letter.model_validate_json(sealed.model_dump_json()))])
    assert opened.to.clear == name and [line.clear for line in opened.lines] == texts


async def test_a_text_of_64_kib_comes_back(vault: Vault) -> None:
    keyring = Keyring(vault)
    for text in ("x" * 65_536, "", "\x00\n\U0001f9fe"):
        (sealed,) = await keyring.seal([("e1", Letter(to=Personal.of(ANN, text)))])
        (opened,) = await keyring.open([("e1", Letter.model_validate_json(sealed.model_dump_json()))])
        assert opened.to.clear == text


async def test_the_same_text_never_gives_the_same_ciphertext(vault: Vault) -> None:
    first, second = await sealed_letter(vault), await sealed_letter(vault)
    assert first.to.sealed != second.to.sealed


async def test_a_ciphertext_in_another_event_or_field_does_not_open(vault: Vault) -> None:
    keyring = Keyring(vault)
    sealed = await sealed_letter(vault)
    moved = [
        ("e2", sealed),
        ("e1", sealed.model_copy(update={"to": sealed.lines[0]})),
        ("e1", sealed.model_copy(update={"lines": (sealed.to, sealed.lines[0])})),
        ("e1", sealed.model_copy(update={"to": Personal.model_validate({"owner": BOB, "sealed": sealed.to.sealed})})),
    ]
    for event_id, letter in moved:
        with pytest.raises(SealBroken):
            await keyring.open([(event_id, letter)])


async def test_a_changed_ciphertext_does_not_open(vault: Vault) -> None:
    sealed = await sealed_letter(vault)
    token = sealed.to.sealed or ""
    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        letter = sealed.model_copy(update={"to": Personal.model_validate({"owner": ANN, "sealed": changed})})
        with pytest.raises(SealBroken):
            await Keyring(vault).open([("e1", letter)])


async def test_what_is_sealed_for_one_event_is_refused_in_another_before_it_is_written(vault: Vault) -> None:
    sealed = await sealed_letter(vault)
    assert await Keyring(vault).seal([("e1", sealed)]) == [sealed]
    with pytest.raises(SealBroken, match="e2"):
        await Keyring(vault).seal([("e2", sealed)])


async def test_a_destroyed_key_makes_all_unreadable_and_changes_no_byte(vault: Vault) -> None:
    sealed = await sealed_letter(vault)
    before = sealed.model_dump_json()
    await vault.destroy(ANN)
    (opened,) = await Keyring(vault).open([("e1", sealed)])
    with pytest.raises(Erased):
        _ = opened.to.clear
    assert opened.to.is_erased and opened.to.clear_or("erased") == "erased"
    assert opened.about is not None and opened.about.clear == "鮑伯"
    assert opened.model_dump_json() == sealed.model_dump_json() == before


async def test_a_destruction_takes_hold_elsewhere_when_the_cached_key_has_aged(vault: Vault, elsewhere: Vault) -> None:
    sealed = await sealed_letter(vault)
    keyring = Keyring(elsewhere)
    assert (await keyring.open([("e1", sealed)]))[0].to.clear == "Ann"
    await vault.destroy(ANN)
    for _ in range(6):  # using a key does not keep it young
        await keyring.open([("e1", sealed)])
        await asyncio.sleep(LIFE / 5)
    (opened,) = await keyring.open([("e1", sealed)])
    assert opened.to.is_erased


async def test_the_row_of_a_destroyed_key_holds_no_key_and_stays(vault: Vault, dsn: str) -> None:
    await sealed_letter(vault)
    await vault.destroy(ANN)
    (first,) = await rows(dsn, "SELECT wrapped, destroyed_at FROM vault_keys WHERE owner = $1", ANN)
    await vault.destroy(ANN)
    (second,) = await rows(dsn, "SELECT wrapped, destroyed_at FROM vault_keys WHERE owner = $1", ANN)
    assert first["wrapped"] is None and first["destroyed_at"] is not None and second == first


async def test_an_erased_owner_never_gets_a_new_key(vault: Vault, elsewhere: Vault) -> None:
    await sealed_letter(vault)
    await vault.destroy(ANN)
    await vault.destroy("person:never-seen")
    for each in (vault, elsewhere):
        assert await each.keys([ANN, "person:never-seen"], create=True) == {ANN: None, "person:never-seen": None}
        with pytest.raises(PersonErased) as caught:
            await sealed_letter(each)
        assert caught.value.owners == (ANN,)


async def test_one_of_many_owners_being_erased_seals_nothing(vault: Vault, dsn: str) -> None:
    await vault.destroy(ANN)
    letter = Letter(to=Personal.of(ANN, "Ann"), about=Personal.of(BOB, "Bob"))
    with pytest.raises(PersonErased):
        await Keyring(vault).seal([("e0", Letter(to=Personal.of(BOB, "Bob"))), ("e1", letter)])


async def test_a_lost_key_is_not_taken_for_an_erasure(vault: Vault, dsn: str) -> None:
    sealed = await sealed_letter(vault)
    await rows(dsn, "DELETE FROM vault_keys WHERE owner = $1", ANN)
    await asyncio.sleep(LIFE)
    assert await vault.keys([ANN], create=False) == {ANN: None}
    with pytest.raises(KeyMissing, match=ANN):
        await Keyring(vault).open([("e1", sealed)])


async def test_many_at_once_get_one_key(vault: Vault, elsewhere: Vault, dsn: str) -> None:
    owners = [f"person:{n}" for n in range(40)]
    asked = [
        each.keys(list(reversed(owners)) if n % 2 else owners, create=True)
        for n in range(6)
        for each in (vault, elsewhere)
    ]
    answers = await asyncio.gather(*asked)
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0].values())) == len(owners) and all(len(key or b"") == 32 for key in answers[0].values())
    assert (await rows(dsn, "SELECT count(*) FROM vault_keys WHERE owner LIKE 'person:%'"))[0][0] == len(owners)


async def test_keys_made_by_a_transaction_still_open_are_waited_for_and_taken(vault: Vault, dsn: str) -> None:
    insert = "INSERT INTO vault_keys (owner, wrapped) VALUES ($1, $2)"
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(insert, ANN, vault._wrapped(ANN, b"a" * 32))
    asking = asyncio.create_task(vault.keys(["person:zoe", BOB, ANN], create=True))
    await asyncio.sleep(0.1)
    assert not asking.done()
    # All make keys in the order of the owners: had Bob's been made before the wait for Ann's, this were a deadlock.
    await connection.execute(insert, BOB, vault._wrapped(BOB, b"b" * 32))
    await transaction.commit()
    await connection.close()
    keys = await asking
    assert keys[ANN] == b"a" * 32 and keys[BOB] == b"b" * 32 and keys["person:zoe"] is not None


async def test_reading_makes_no_key(vault: Vault) -> None:
    assert await vault.keys([ANN], create=False) == {ANN: None}
    assert await vault.keys([ANN], create=False) == {ANN: None}
    made = await vault.keys([ANN], create=True)
    assert made[ANN] is not None and await vault.keys([ANN], create=False) == made
    assert await vault.keys([], create=True) == {}


async def test_a_wrapped_key_is_useless_under_another_master_key_or_owner(vault: Vault, dsn: str) -> None:
    await vault.keys([ANN, BOB], create=True)
    with pytest.raises(WrongMasterKey, match="right master key"):
        await Vault(dsn, bytes(32)).start()
    await rows(dsn, "UPDATE vault_keys SET wrapped = (SELECT wrapped FROM vault_keys WHERE owner = $1)", ANN)
    other = Vault(dsn, MASTER)
    with pytest.raises(WrongMasterKey):
        await other.start()
    stored = (await rows(dsn, "SELECT wrapped FROM vault_keys WHERE owner = $1", ANN))[0][0]
    key = (await vault.keys([ANN], create=False))[ANN]
    assert key is not None and key not in stored
    with pytest.raises(WrongMasterKey):
        Vault(dsn, bytes(32))._unwrapped(ANN, stored)


async def test_vaults_that_start_at_once_make_one_table(dsn: str) -> None:
    vaults = [Vault(dsn, MASTER) for _ in range(8)]
    await asyncio.gather(*(each.start() for each in vaults))
    await asyncio.gather(*(each.stop() for each in vaults))


async def test_a_vault_that_is_away_says_so_and_works_again_when_it_is_back(vault: Vault, dsn: str) -> None:
    key = await vault.keys([ANN], create=True)
    await rows(
        dsn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'closedloop-vault'"
    )
    for _ in range(50):
        try:
            await asyncio.sleep(0.02)
            await vault.keys([BOB], create=True)
            break
        except VaultUnavailable:
            continue
    await asyncio.sleep(LIFE)
    assert await vault.keys([ANN], create=True) == key


async def test_a_vault_that_can_not_be_reached_says_so(dsn: str, vault: Vault) -> None:
    with pytest.raises(VaultUnavailable):
        await Vault("postgresql://nobody@127.0.0.1:1/vault", MASTER).start()
    with pytest.raises(VaultUnavailable):
        await Vault(dsn, MASTER).keys([ANN], create=True)
    await vault.keys([ANN], create=True)
    name = urlsplit(dsn).path.strip("/")
    await rows(dsn.replace(name, "postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')
    with pytest.raises(VaultUnavailable):
        await Keyring(vault).seal([("e1", Letter(to=Personal.of(BOB, "Bob")))])
    assert (await vault.keys([ANN], create=False))[ANN] is not None


async def test_models_without_personal_data_need_no_vault(dsn: str) -> None:
    keyring = Keyring(Vault(dsn, MASTER))
    counted = Counted(count=1)
    assert (await keyring.seal([("e1", counted)]))[0] is counted
    assert (await keyring.open([("e1", counted)]))[0] is counted


async def test_a_batch_asks_the_vault_once(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    vault = Vault(dsn, MASTER)
    await vault.start()
    fetch = vault._fetch

    async def noted(statement: str, *arguments: object) -> list[object]:
        asked.append(statement)
        return await fetch(statement, *arguments)

    monkeypatch.setattr(vault, "_fetch", noted)
    letters = [(f"e{n}", Letter(to=Personal.of(f"person:{n}", "x"), about=Personal.of(ANN, "y"))) for n in range(50)]
    sealed = await Keyring(vault).seal(letters)
    assert len(asked) == 1
    await Keyring(vault).open([(f"e{n}", letter) for n, letter in enumerate(sealed)])
    assert len(asked) == 1
    await vault.stop()


async def test_a_scope_stays_shut_to_who_opens_other_owners_only(vault: Vault) -> None:
    keyring = Keyring(vault)
    (sealed,) = await keyring.seal([("e1", Letter(to=Personal.of(ANN, "Ann"), about=Personal.of(SCOPE, "blame")))])
    (opened,) = await keyring.open([("e1", sealed)], only=lambda owner: owner != SCOPE)
    assert opened.to.clear == "Ann" and opened.about is not None and not opened.about.is_open
    (all_open,) = await keyring.open([("e1", opened)])
    assert all_open.about is not None and all_open.about.clear == "blame"


async def test_only_owners_are_destroyed(vault: Vault) -> None:
    with pytest.raises(ValueError, match="an owner reads"):
        await vault.destroy("check of the master key")


PNG, PDF = "image/png", "application/pdf"
CASE = "complaint:a"


async def test_a_file_opens_for_another_process_and_is_never_sealed_alike(vault: Vault, elsewhere: Vault) -> None:
    clear = bytes(range(256)) * 300
    one, other = [await Keyring(vault).seal_file(ANN, CASE, PNG, clear) for _ in range(2)]
    assert one != other
    assert clear[:16] not in one
    for sealed in (one, other):
        assert await Keyring(elsewhere).open_file(ANN, CASE, PNG, sealed) == clear


async def test_a_file_opens_only_as_what_it_was_sealed_as(vault: Vault) -> None:
    keyring = Keyring(vault)
    sealed = await keyring.seal_file(ANN, CASE, PNG, b"bytes")
    await keyring.seal_file(BOB, CASE, PNG, b"bytes")
    for owner, subject, media_type in ((BOB, CASE, PNG), (ANN, "complaint:b", PNG), (ANN, CASE, PDF)):
        with pytest.raises(SealBroken):
            await keyring.open_file(owner, subject, media_type, sealed)
    for damaged in (b"", sealed[:-1], sealed[1:], sealed[:20] + b"x" + sealed[21:], b"\x02" + sealed[1:]):
        with pytest.raises(SealBroken):
            await keyring.open_file(ANN, CASE, PNG, damaged)


async def test_a_file_of_an_erased_person_can_neither_be_opened_nor_sealed(vault: Vault) -> None:
    keyring = Keyring(vault)
    sealed = await keyring.seal_file(ANN, CASE, PNG, b"bytes")
    await vault.destroy(ANN)
    with pytest.raises(PersonErased):
        await keyring.open_file(ANN, CASE, PNG, sealed)
    with pytest.raises(PersonErased):
        await keyring.seal_file(ANN, CASE, PNG, b"bytes")
    with pytest.raises(KeyMissing):
        await keyring.open_file(BOB, CASE, PNG, sealed)


def test_the_cache_is_bounded_in_number_and_keeps_what_was_used_last() -> None:
    cache = KeyCache(2, 60)
    now = monotonic()
    for owner in ("a", "b"):
        cache.put(owner, b"k", now)
    cache.take(["a"])
    cache.put("c", b"k", now)
    assert len(cache) == 2 and cache.take(["a", "b", "c", "b"]) == ({"a": b"k", "c": b"k"}, ["b"])


def test_a_slow_reader_does_not_bring_a_destroyed_key_back() -> None:
    cache = KeyCache(10, 60)
    cache.put("a", DESTROYED, 0.0)
    assert cache.put("a", b"k", 1e18) == DESTROYED and cache.take(["a"]) == ({"a": DESTROYED}, [])


def test_a_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "master.key"
    key = master_key(path)
    assert len(key) == 32 and path.stat().st_mode & 0o777 == 0o600
    assert master_key(path) == key and list(path.parent.iterdir()) == [path]


def test_many_who_make_the_master_key_at_once_read_the_same(tmp_path: Path) -> None:
    path, barrier, keys = tmp_path / "master.key", threading.Barrier(16), []

    def make() -> None:
        barrier.wait()
        keys.append(master_key(path))

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16 and len(set(keys)) == 1 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o660, 0o602, 0o601])
def test_a_master_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    master_key(path)
    path.chmod(mode)
    with pytest.raises(MasterKeyRefused, match="chmod 600"):
        master_key(path)


def test_a_master_key_readable_by_its_group_only_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key = master_key(path)
    path.chmod(0o440)
    assert master_key(path) == key


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_master_key_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(MasterKeyRefused, match="exactly 32"):
        master_key(path)
    with pytest.raises(ValueError, match="32 bytes"):
        Vault("postgresql://", bytes(size))
