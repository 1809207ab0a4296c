"""People of an OIDC provider that others wrote: Keycloak, started here. Tokens by real grants, and forged ones.

The whole system runs as `make run` starts it, the desk besides as a process of its own (`closedloop serve desk`), which
asks the others in the caller's name.
"""

import asyncio
import hashlib
import hmac
import json
import socket
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64encode

from closedloop.postgres import EmbeddedPostgres
from closedloop.serving import serving
from closedloop.system import System, open_system
from services.intake.commands.register import RegisterComplaint
from shared.config import Settings
from shared.web.identity import Remembering
from shared.web.issuer import BuiltInIssuer
from shared.web.oidc import LEEWAY, OidcTokens
from tests.fixtures.keycloak import Keycloak
from tests.fixtures.processes import Folder, ended
from tests.patience import Tries

pytestmark = pytest.mark.timeout(600)

CLAIMS: dict[str, Any] = {"oidc_staff_claim": "preferred_username", "oidc_roles_claim": "realm_access.roles"}


@dataclass
class Bank:
    """A system that lets in whom Keycloak names."""

    keycloak: Keycloak
    system: System
    client: httpx2.AsyncClient
    brief: str
    """A token that has expired when the tests are through with everything else."""

    async def token(self, person: str, **how: Any) -> str:
        return await asyncio.to_thread(self.keycloak.token, person, **how)

    async def post(self, token: str, path: str, body: Any = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        return await self.client.post(path, json=body, headers=headers)

    async def registers(self, token: str) -> httpx2.Response:
        return await self.post(token, "intake/complaints", RegisterComplaint.example)

    async def joins(self, token: str, person: str, role: str, **more: str) -> httpx2.Response:
        body = {"name": "Somebody", "department": "customer-service", "roles": [role]} | more
        return await self.post(token, f"directory/staff/{person}", body)

    async def events(self) -> int:
        """All that was ever stated, each by its own service: the others learn it later."""
        own = "select count(*) from journal where source = $1"
        counts = [await each.pool.fetchval(own, each.name) for each in self.system.runtimes.values()]
        return sum(counts)

    async def let_in(self, token: str) -> None:
        answer = await self.registers(token)
        assert answer.status_code == 201, answer.text

    async def refused(self, token: str) -> None:
        """Everywhere 401, as a problem, and not one event written."""
        before = await self.events()
        answers = [await self.registers(token), await self.joins(token, f"x{uuid4().hex}", "agent")]
        answers.append(await self.client.get("intake/complaints", headers={"Authorization": f"Bearer {token}"}))
        for answer in answers:
            assert answer.status_code == 401, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unauthenticated"
        assert await self.events() == before

    @property
    def tokens(self) -> OidcTokens:
        remembering = self.system.process.tokens
        assert isinstance(remembering, Remembering) and isinstance(remembering._tokens, OidcTokens)
        return remembering._tokens


@pytest.fixture(scope="module")
async def bank(keycloak: Keycloak) -> AsyncIterator[Bank]:
    brief = await asyncio.to_thread(keycloak.token, "li.na", "brief")
    # Not pytest's tmp_path: as root the database runs under another account, which could not reach it.
    with tempfile.TemporaryDirectory(prefix="closedloop-oidc-") as data:
        settings = Settings(data=Path(data), port=0, oidc_issuer=keycloak.issuer, **CLAIMS)
        async with open_system(settings) as system, serving(system) as url:
            await system.caught_up()
            async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
                yield Bank(keycloak, system, client, brief)


async def test_nobody_invented_is_there_and_nobody_hands_out_tokens(bank: Bank) -> None:
    assert await bank.events() == 0
    assert (await bank.client.get("people")).status_code == 404
    assert (await bank.client.post("tokens/li.na")).status_code == 404
    assert (await bank.client.post("clock/advance", json={"seconds": 1})).status_code == 404
    assert "li.na" not in (await bank.client.get("", headers={"Accept": "text/html"})).text
    # Whoever can write into the data folder makes no token either: the built-in issuer is not believed.
    built_in = BuiltInIssuer(bank.system.settings.data / "issuer.key")
    await bank.refused(built_in.issue("li.na", ["agent"], "customer-service"))


async def test_a_person_signs_in_and_a_command_bears_their_name(bank: Bank) -> None:
    administrator = await bank.token("ren.zhi")
    assert (await bank.joins(administrator, "zhang.wei", "triage_lead")).status_code == 201
    for person in ("li.na", "wang.fang"):
        assert (await bank.joins(administrator, person, "agent", reports_to="zhang.wei")).status_code == 201
    answer = await bank.registers(await bank.token("li.na"))
    assert answer.status_code == 201, answer.text
    pool = bank.system.runtimes["intake"].pool
    envelope = json.loads(await pool.fetchval("select body from journal where subject = $1", answer.json()["subject"]))
    assert (envelope["actor"], envelope["role"]) == ("li.na", "agent")


async def test_what_the_provider_says_about_roles_decides_who_may(bank: Bank) -> None:
    answer = await bank.joins(await bank.token("li.na"), "li.na", "administrator")
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")


async def test_a_machine_gets_in_by_its_own_grant(bank: Bank) -> None:
    token = await asyncio.to_thread(bank.keycloak.machine_token)
    assert bank.tokens.verify(token).roles >= {"system"}
    await bank.let_in(token)


async def test_a_token_for_somebody_else_is_refused(bank: Bank) -> None:
    await bank.refused(await bank.token("li.na", client="elsewhere"))
    await bank.refused(await bank.token("li.na", which="id_token"))
    await bank.refused(await bank.token("li.na", which="refresh_token"))


async def test_a_token_of_another_issuer_of_the_same_house_is_refused(bank: Bank) -> None:
    await bank.refused(await bank.token("admin", client="admin-cli", realm="master"))


def forged(how: str, real: str, keycloak: Keycloak) -> str:
    """A token that says what the real one says, or more, without the provider's own signature over it."""
    token = jws.extract_compact(real.encode())
    header, claims = dict(token.headers()), json.loads(token.payload)
    claims["realm_access"] = {"roles": ["administrator", "agent"]}
    (public,) = (key for key in keycloak.signing_keys() if key["kid"] == header["kid"])
    own = RSAKey.generate_key(2048)
    body = urlsafe_b64encode(json.dumps(claims).encode()).decode()
    match how:
        case "payload changed":
            first, _, last = real.split(".")
            return f"{first}.{body}.{last}"
        case "no algorithm":
            return f"{urlsafe_b64encode(json.dumps(header | {'alg': 'none'}).encode()).decode()}.{body}."
        case "public key as secret":
            # By hand: no library that is any good lends itself to this.
            first = urlsafe_b64encode(json.dumps(header | {"alg": "HS256"}).encode()).decode()
            secret = RSAKey.import_key(public).as_pem(private=False)
            signature = hmac.new(secret, f"{first}.{body}".encode(), hashlib.sha256).digest()
            return f"{first}.{body}.{urlsafe_b64encode(signature).decode()}"
        case "own key under its name":
            return jwt.encode(header, claims, own)
        case "own key under a new name":
            return jwt.encode(header | {"kid": uuid4().hex}, claims, own)
        case "own key inside":
            return jwt.encode(header | {"kid": uuid4().hex, "jwk": own.as_dict(private=False)}, claims, own)
        case "no name of a key":
            return jwt.encode({"alg": "RS256"}, claims, own)
    raise AssertionError(how)


FORGERIES = (
    "payload changed", "no algorithm", "public key as secret", "own key under its name", "own key under a new name",
    "own key inside", "no name of a key",
)  # fmt: skip


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_forged_token_is_refused(bank: Bank, how: str) -> None:
    real = await bank.token("li.na")
    await bank.refused(forged(how, real, bank.keycloak))
    await bank.let_in(real)


@pytest.fixture
async def desk(bank: Bank) -> AsyncIterator[httpx2.AsyncClient]:
    """The desk as a process of its own, which finds the others by their address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = bank.system.settings
    database = EmbeddedPostgres(settings.data)
    await asyncio.to_thread(database.start)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, database.stop)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-desk-")))
        folder = Folder(home)
        process = await folder.start(
            "serve", "desk",
            CLOSEDLOOP_DATA=str(settings.data),
            CLOSEDLOOP_DATABASE=database.dsn("postgres").replace("/postgres?", "/{service}?"),
            CLOSEDLOOP_PEERS=f"{bank.client.base_url}{{service}}",
            CLOSEDLOOP_PORT=port,
            CLOSEDLOOP_OIDC_ISSUER=bank.keycloak.issuer,
            **{f"CLOSEDLOOP_{name.upper()}": value for name, value in CLAIMS.items()},
        )  # fmt: skip
        stack.push_async_callback(ended, process)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/", timeout=60) as client:
            await until_ready(client, folder, process)
            yield client


async def until_ready(client: httpx2.AsyncClient, folder: Folder, process: Process) -> None:
    async for _ in Tries(180):
        assert process.returncode is None, folder.printed(process)
        with suppress(httpx2.ConnectError):
            if (await client.get("ready")).status_code == 200:
                return
    raise AssertionError(folder.printed(process))


async def test_the_desk_asks_the_others_in_the_caller_s_name(bank: Bank, desk: httpx2.AsyncClient) -> None:
    registered = await bank.registers(await bank.token("wang.fang"))
    complaint = registered.json()["complaint_id"]
    lead = {"Authorization": f"Bearer {await bank.token('zhang.wei')}"}
    seen = lead | {"Consistency-Token": registered.headers["consistency-token"]}
    async for _ in Tries():
        if (await desk.get(f"complaints/{complaint}", params={"purpose": "handling"}, headers=seen)).is_success:
            break
    body = {"previous": "wang.fang", "to": "li.na", "reason": "left"}
    answer = await desk.post("hand-overs", json=body, headers=lead | {"Idempotency-Key": "one"})
    assert answer.status_code == 200, answer.text
    assert [(each["complaint_id"], each["done"]) for each in answer.json()["cases"]] == [(complaint, True)]
    pool = bank.system.runtimes["intake"].pool
    last = "select body from journal where subject = $1 and source = 'intake' order by revision desc limit 1"
    assert json.loads(await pool.fetchval(last, f"complaint:{complaint}"))["actor"] == "zhang.wei"


async def test_an_expired_token_is_refused(bank: Bank) -> None:
    until = json.loads(jws.extract_compact(bank.brief.encode()).payload)["exp"] + LEEWAY
    await asyncio.sleep(max(0.0, until - time.time()) + 1)
    await bank.refused(bank.brief)


async def test_a_new_key_is_fetched_when_it_is_first_used_and_a_retired_one_ends(bank: Bank) -> None:
    old, unused = await bank.token("li.na"), await bank.token("zhang.wei")
    await bank.let_in(old)
    await asyncio.to_thread(bank.keycloak.rotate)
    async for _ in Tries():  # not more often than every few seconds is the provider asked for a key
        if (await bank.registers(await bank.token("li.na"))).status_code == 201:
            break
    new = await bank.token("li.na")
    await bank.let_in(new)
    assert jws.extract_compact(new.encode()).headers()["kid"] != jws.extract_compact(old.encode()).headers()["kid"]
    assert bank.tokens.verify(unused).id == "zhang.wei", "signed before, and its key still counts"
    await asyncio.to_thread(bank.keycloak.retire_old_key)
    await bank.tokens._keys.refresh()  # as it does by itself every five minutes
    await bank.refused(unused)
    await bank.let_in(new)


async def test_a_provider_that_is_away_ends_nothing(bank: Bank) -> None:
    known, never_seen = await bank.token("li.na"), await bank.token("li.na")
    await bank.let_in(known)
    await asyncio.to_thread(bank.keycloak.stop)
    await bank.tokens._keys.refresh()
    assert "gives no keys" in bank.tokens._keys.trouble
    await bank.let_in(known)
    await bank.let_in(never_seen)
    await bank.refused(jwt.encode({"alg": "RS256", "kid": uuid4().hex}, {"sub": "li.na"}, RSAKey.generate_key(2048)))
    assert (await bank.client.get("intake/ready")).status_code == 200
