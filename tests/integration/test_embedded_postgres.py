"""The PostgreSQL of `make run` must come back from whatever happens to it, and open to nobody without the password."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from closedloop.postgres import EmbeddedPostgres, PostgresUnavailable

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from pathlib import Path
from closedloop.postgres import EmbeddedPostgres

server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("holding", flush=True)
sys.stdin.readline()
server.stop()
"""

Hold = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for data; whatever server is left in it when the test ends is stopped."""
    with tempfile.TemporaryDirectory(prefix="closedloop-test-") as name:
        # What root would be told of, and a terminal should not see in a test, is done beforehand.
        Path(name).chmod(0o711)
        yield Path(name)
        for data in {path.parents[1] for path in Path(name).rglob("PG_VERSION") if path.parent.name == "postgres"}:
            with EmbeddedPostgres(data):
                pass


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts another process that starts the server, holds it, and lets go of it when its input closes."""
    with ExitStack() as stack:

        def start(data: Path) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", HOLD, str(data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="closedloop-test-") as name, EmbeddedPostgres(Path(name)) as running:
        yield running


def is_holding(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "holding\n"


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def lives(process: psutil.Process) -> bool:
    """A container's first process may reap nothing: the dead stay listed there."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def kill(process: psutil.Process) -> None:
    process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while lives(process) and time.monotonic() < deadline:
        time.sleep(0.01)


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_was_committed_survives_the_servers_sudden_death(place: Path) -> None:
    with EmbeddedPostgres(place) as postgres:
        await ask(postgres.dsn(), "CREATE TABLE kept AS SELECT 7 AS value")
        kill(postmaster(place))

        postgres.start()

        assert await ask(postgres.dsn(), "SELECT value FROM kept") == 7


async def test_a_server_whose_starter_was_killed_is_found_again(place: Path, hold: Hold) -> None:
    starter = hold(place)
    assert is_holding(starter)
    before = postmaster(place)
    starter.kill()
    starter.wait()

    with EmbeddedPostgres(place) as postgres:
        assert postmaster(place) == before
        assert await ask(postgres.dsn(), "SELECT 1") == 1

    assert not lives(before), "the killed starter must not count as a holder for ever"


async def test_only_the_last_holder_stops_the_server(place: Path, hold: Hold) -> None:
    other = hold(place)
    assert is_holding(other)
    with EmbeddedPostgres(place):
        pass
    running = postmaster(place)

    other.communicate("\n", timeout=60)

    assert other.returncode == 0
    assert not lives(running)


async def test_two_first_starts_at_once_make_one_server(place: Path, hold: Hold) -> None:
    processes = [hold(place), hold(place)]

    assert all(is_holding(process) for process in processes)

    running = postmaster(place)
    for process in processes:
        assert process.communicate("\n", timeout=60) == ("", ""), "and nothing reaches the terminal"
    assert not lives(running)


async def test_a_start_waits_for_a_server_that_is_still_recovering(place: Path) -> None:
    with EmbeddedPostgres(place), ThreadPoolExecutor() as pool:
        pid_file = place / "postgres" / "postmaster.pid"
        ready = pid_file.read_text()
        pid_file.write_text(ready.replace("ready   ", "starting"))
        second = EmbeddedPostgres(place)

        waiting = pool.submit(second.start)
        await asyncio.sleep(0.5)
        waited = not waiting.done()
        pid_file.write_text(ready)
        waiting.result(timeout=30)

        assert waited
        assert await ask(second.dsn(), "SELECT 1") == 1
        second.stop()


async def test_a_pid_that_now_belongs_to_another_program_does_not_stop_the_start(place: Path) -> None:
    """As after a reboot, or in a container whose processes always get the same low numbers."""
    with EmbeddedPostgres(place):
        left = (place / "postgres" / "postmaster.pid").read_text().splitlines()
        kill(postmaster(place))
        wait_until_nothing_runs_in(place / "postgres")
        with innocent_program((place / "postgres").stat().st_uid) as innocent:
            (place / "postgres" / "postmaster.pid").write_text("\n".join([str(innocent.pid), *left[1:], ""]))

            with EmbeddedPostgres(place) as postgres:
                assert await ask(postgres.dsn(), "SELECT 1") == 1

            assert innocent.poll() is None


@contextmanager
def innocent_program(user: int) -> "Iterator[subprocess.Popen[bytes]]":
    """A program of the server's own user: PostgreSQL itself takes no process of another user's for a server."""
    sleep = shutil.which("sleep") or "sleep"
    with subprocess.Popen([sleep, "60"], user=user if os.geteuid() == 0 else None) as process:
        yield process
        process.kill()


def wait_until_nothing_runs_in(directory: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(
        each.info["cwd"] == str(directory) for each in psutil.process_iter(["cwd"])
    ):
        time.sleep(0.02)


async def test_a_path_too_long_for_a_socket_is_no_obstacle(place: Path) -> None:
    data = place / ("a directory with a long name, and 中文 in it " * 3)

    with EmbeddedPostgres(data) as postgres:
        assert await ask(postgres.dsn(), "SELECT 1") == 1


async def test_a_start_on_existing_data_takes_no_longer_than_a_breath(place: Path) -> None:
    with EmbeddedPostgres(place):
        pass
    begun = time.monotonic()

    with EmbeddedPostgres(place):
        assert time.monotonic() - begun < 3


async def test_settings_and_ports_of_the_users_environment_lead_nowhere_else(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "6000", "PGHOST": "nowhere.invalid", "PGDATA": "nowhere", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)

    with EmbeddedPostgres(place) as postgres:
        assert await ask(postgres.dsn(), "SELECT current_user::text") == "postgres"


async def test_data_without_its_secret_is_refused_in_plain_words(place: Path) -> None:
    with EmbeddedPostgres(place):
        pass
    secret = place / "postgres.secret"
    kept = secret.read_bytes()
    secret.unlink()

    with pytest.raises(PostgresUnavailable, match="put it back"):
        EmbeddedPostgres(place).start()

    secret.write_bytes(kept)


async def test_a_start_that_fails_shows_the_end_of_the_servers_log(place: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="no_such_setting"):
        EmbeddedPostgres(place, settings={"no_such_setting": "1"}).start()


async def test_nobody_comes_in_with_a_wrong_password_or_with_none(server: EmbeddedPostgres) -> None:
    address = urlsplit(server.dsn())

    for user in ("postgres:wrong", "postgres"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(address._replace(netloc=f"{user}@").geturl(), "SELECT 1")


async def test_secret_and_data_are_their_owners_alone(place: Path) -> None:
    with EmbeddedPostgres(place):
        assert (place / "postgres.secret").stat().st_mode & 0o077 == 0
        assert (place / "postgres").stat().st_mode & 0o077 == 0


async def test_the_server_listens_on_no_port(server: EmbeddedPostgres) -> None:
    assert await ask(server.dsn(), "SELECT current_setting('listen_addresses')") == ""


async def test_a_runtime_role_reaches_its_own_database_and_no_other(server: EmbeddedPostgres) -> None:
    for name in ("intake", "callback"):
        await server.ensure_database(name)
        await server.ensure_role(name)

    assert await ask(server.dsn("intake", "intake"), "SELECT current_user::text") == "closedloop_intake"
    for foreign in ("callback", "postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(server.dsn(foreign, "intake"), "SELECT 1")


async def test_a_role_may_be_let_into_a_database_that_all_share(server: EmbeddedPostgres) -> None:
    await server.ensure_database("intake")
    await server.ensure_database("vault")

    await server.ensure_role("intake", "intake", "vault")

    assert await ask(server.dsn("vault", "intake"), "SELECT 1") == 1


async def test_a_runtime_role_makes_neither_roles_nor_tables(server: EmbeddedPostgres) -> None:
    await server.ensure_database("resolution")
    await server.ensure_role("resolution")

    for forbidden in ("CREATE ROLE other", "CREATE TABLE public.other ()", "CREATE DATABASE other"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(server.dsn("resolution", "resolution"), forbidden)


async def test_databases_and_roles_may_be_asked_for_again_and_at_once(server: EmbeddedPostgres) -> None:

    await asyncio.gather(*(server.ensure_database("investigation") for _ in range(4)))
    await asyncio.gather(*(server.ensure_role("investigation") for _ in range(4)))

    assert await ask(server.dsn("investigation", "investigation"), "SELECT 1") == 1


async def test_a_name_that_is_no_plain_word_is_refused(server: EmbeddedPostgres) -> None:
    for name in ("", "Intake", "x; DROP DATABASE intake", "a" * 60):
        with pytest.raises(ValueError, match="can't name"):
            await server.ensure_database(name)


async def test_sqlalchemy_takes_the_same_address(server: EmbeddedPostgres) -> None:
    engine = create_async_engine(server.dsn().replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    await engine.dispose()


async def test_names_in_any_script_can_be_searched_and_sort_alike_everywhere(server: EmbeddedPostgres) -> None:
    await ask(server.dsn(), "CREATE EXTENSION IF NOT EXISTS pg_trgm")

    assert await ask(server.dsn(), "SELECT array_length(show_trgm('投诉'), 1) > 0") is True
    assert await ask(server.dsn(), "SELECT 'B' < 'a' AND 'z' < 'é'") is True


async def test_the_log_quotes_no_row(place: Path) -> None:
    with EmbeddedPostgres(place) as postgres:
        await ask(postgres.dsn(), "CREATE TABLE person (name text PRIMARY KEY)")
        connection = await asyncpg.connect(postgres.dsn())
        await connection.execute("INSERT INTO person VALUES ($1)", "Wang Xiaoming")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO person VALUES ($1)", "Wang Xiaoming")
        await connection.close()

    logs = [path.read_text() for path in (place / "postgres" / "log").iterdir()]
    assert "person_pkey" in "".join(logs)
    assert "Wang" not in "".join(logs)
