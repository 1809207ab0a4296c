"""PostgreSQL that takes TLS only, and wants a certificate from one of its users."""

import os
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from closedloop.installation import OWN_TABLES
from closedloop.postgres.account import server_account
from shared.config import Settings
from shared.db import open_engine, open_pool, secured, why_not
from shared.privacy.vault import Vault, VaultUnavailable
from shared.runtime import address
from tests.fixtures.certificates import Authority, authority

pytestmark = pytest.mark.timeout(300)

PASSWORD = "canary-of-the-database"
ACCESS = """
hostssl  all  postgres        127.0.0.1/32  scram-sha-256
hostssl  all  by_password     127.0.0.1/32  scram-sha-256
hostssl  all  by_certificate  127.0.0.1/32  scram-sha-256  clientcert=verify-full
"""
HOW_SECURE = "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"


@dataclass(frozen=True)
class Place:
    """Where it listens, and who vouches for it."""

    template: str
    folder: Path
    trusted: Authority
    stranger: Authority

    def settings(self, user: str = "by_password", password: str = PASSWORD, **how: Any) -> Settings:
        database = self.template.replace("USER", user).replace("PASSWORD", password)
        return Settings(data=self.folder, database=database, **({"database_ca": self.trusted.ca} | how))

    async def why_not(self, **how: Any) -> str:
        """What is said when the database lets us not in; never with a password in it."""
        with pytest.raises((asyncpg.PostgresError, OSError)) as refused:
            await (await open_pool(address(self.settings(**how))("intake"), 1)).close()
        said = why_not(refused.value)
        assert "canary" not in said
        return said


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Place]:
    # Not pytest's tmp_path: as root the database runs under another account, which could not reach it.
    with tempfile.TemporaryDirectory(prefix="closedloop-tls-") as made:
        folder = Path(made)
        trusted, stranger = authority(folder, "trusted"), authority(folder, "stranger")
        trusted.issue("by_certificate")
        stranger.issue("of_a_stranger")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Server(_programs(), folder / "server")
        server.make(trusted, port)
        server.control("start", "-w", "-t", "120", "-l", str(server.data / "tls.log"))
        try:
            found = Place(f"postgresql://USER:PASSWORD@127.0.0.1:{port}/{{service}}", folder, trusted, stranger)
            await _fill(address(found.settings("postgres"))("postgres"))
            yield found
        finally:
            server.control("stop", "-w", "-m", "immediate")


def _programs() -> Path:
    """Of a PostgreSQL that was built with TLS; the embedded one was not."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        if os.environ.get("CLOSEDLOOP_REQUIRE_TLS") == "1":
            raise RuntimeError("CLOSEDLOOP_REQUIRE_TLS=1, and no PostgreSQL with TLS is installed (apt: postgresql).")
        pytest.skip("no PostgreSQL with TLS is installed")
    return found[-1]


@dataclass(frozen=True)
class Server:
    """A server of its own; as root it runs under another account."""

    programs: Path
    data: Path

    def make(self, trusted: Authority, port: int) -> None:
        account = server_account(self.data)
        self.data.mkdir(mode=0o700)
        account.own(self.data)
        account.let_reach(self.data)
        password = self._put("password", PASSWORD.encode())
        initdb = [str(self.programs / "initdb"), "-D", str(self.data / "db"), "-U", "postgres", "--auth=scram-sha-256"]
        assert account.run([*initdb, f"--pwfile={password}", "--encoding=UTF8", "--no-sync"]) == 0
        certificate, key = trusted.issue("server")
        files = [self._put(file.name, file.read_bytes()) for file in (certificate, key, trusted.ca)]
        said = {
            "ssl": "on", "ssl_cert_file": files[0], "ssl_key_file": files[1], "ssl_ca_file": files[2],
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off",
        }  # fmt: skip
        with (self.data / "db" / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in said.items())
        (self.data / "db" / "pg_hba.conf").write_text(ACCESS)

    def _put(self, name: str, content: bytes) -> Path:
        place = self.data / name
        place.touch(mode=0o600)
        place.write_bytes(content)
        server_account(self.data).own(place)
        return place

    def control(self, *arguments: str) -> None:
        program = [str(self.programs / "pg_ctl"), "-D", str(self.data / "db"), *arguments]
        done = server_account(self.data).run(program)
        assert done == 0, (self.data / "tls.log").read_text()


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for name in ("intake", *OWN_TABLES):
        await connection.execute(f"create database {name}")
    for user in ("by_password", "by_certificate"):
        await connection.execute(f"create role {user} superuser login password '{PASSWORD}'")
    await connection.close()


async def test_pool_engine_and_vault_speak_tls(place: Place) -> None:
    dsn = address(place.settings())("intake")
    pool = await open_pool(dsn, 1)
    assert await pool.fetchval(HOW_SECURE) is True
    await pool.close()
    engine = open_engine(dsn, 1)
    async with engine.connect() as connection:
        assert (await connection.execute(text(HOW_SECURE))).one().version == "TLSv1.3"
    await engine.dispose()
    vault = Vault(address(place.settings())("vault"), b"k" * 32)
    await vault.start()
    await vault.stop()


async def test_a_user_who_needs_a_certificate_is_let_in_by_theirs_only(place: Place) -> None:
    files: dict[str, Any] = {
        "database_cert": place.folder / "by_certificate.pem",
        "database_key": place.folder / "by_certificate.key",
    }
    pool = await open_pool(address(place.settings("by_certificate", **files))("intake"), 1)
    await pool.close()
    assert "wants our certificate" in await place.why_not(user="by_certificate")
    strange: dict[str, Any] = {
        "database_cert": place.folder / "of_a_stranger.pem",
        "database_key": place.folder / "of_a_stranger.key",
    }
    assert await place.why_not(user="by_certificate", **strange)


async def test_a_server_that_another_vouches_for_is_not_believed(place: Place) -> None:
    assert "not vouched for by CLOSEDLOOP_DATABASE_CA" in await place.why_not(database_ca=place.stranger.ca)


async def test_a_server_under_another_name_is_not_believed(place: Place) -> None:
    settings = place.settings()
    other = (settings.database or "").replace("127.0.0.1", "localhost")
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        await (await open_pool(address(settings.model_copy(update={"database": other}))("intake"), 1)).close()
    assert "not vouched for" in why_not(refused.value) and "localhost" in why_not(refused.value)


async def test_a_plain_connection_is_refused(place: Place) -> None:
    plain = place.settings(database_ca=None)
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError) as refused:
        await (await open_pool(f"{address(plain)('intake')}?sslmode=disable", 1)).close()
    assert "set CLOSEDLOOP_DATABASE_CA" in why_not(refused.value)


async def test_a_wrong_password_is_said_so_by_whoever_connects_first(place: Place) -> None:
    wrong = place.settings(password="canary-that-is-wrong")
    assert "correct CLOSEDLOOP_DATABASE" in await place.why_not(password="canary-that-is-wrong")
    with pytest.raises(VaultUnavailable, match="correct CLOSEDLOOP_DATABASE") as refused:
        await Vault(address(wrong)("vault"), b"k" * 32).start()
    assert "canary" not in str(refused.value)


async def test_passwords_may_lie_in_a_file(place: Place) -> None:
    file = place.folder / "pgpass"
    file.touch(mode=0o600)
    file.write_text(f"*:*:*:by_password:{PASSWORD}\n")
    settings = place.settings()
    database = (settings.database or "").replace(f":{PASSWORD}@", "@") + f"?passfile={file}"
    dsn = address(settings.model_copy(update={"database": database}))("intake")
    pool = await open_pool(dsn, 1)
    await pool.close()
    engine = open_engine(dsn, 1)
    async with engine.connect() as connection:
        assert (await connection.execute(text("select 1"))).scalar_one() == 1
    await engine.dispose()


def test_what_does_not_fit_together_is_refused(place: Place) -> None:
    for how, says in (
        ({"database_cert": place.trusted.ca}, "together"),
        ({"database_cert": place.trusted.ca, "database_key": place.trusted.ca, "database_ca": None}, "together"),
    ):
        with pytest.raises(ValueError, match=says):
            address(place.settings(**how))
    with pytest.raises(ValueError, match="sslmode of its own"):
        secured("postgresql://host/{service}?sslmode=prefer", place.settings())
