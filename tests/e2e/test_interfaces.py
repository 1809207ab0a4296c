"""Every service's interface under requests that nobody thought of: no 5xx, and answers as OpenAPI says.

Schemathesis asks a running system over a socket, as a person who holds every role but the auditor's, since an auditor
changes nothing in whatever role, and as an auditor what is theirs alone; within a bounded budget. Most often
it names complaints that there are, at several stages of their lives, so that its requests get past the first look-up.
CLOSEDLOOP_FUZZ sets how many requests an operation gets at random; then each is also asked for all its borders.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from closedloop.attach import settled
from closedloop.installation import SERVICES
from closedloop.serving import serving
from closedloop.verify.run import verify
from services.directory.rules import ROLES
from shared.reference.roles import AUDITOR
from tests.e2e.test_http import is_problem
from tests.e2e.walk import Walk
from tests.fixtures.system import House, open_house, settings_for

FUZZ = os.environ.get("CLOSEDLOOP_FUZZ")
EXAMPLES = FUZZ or "3"
PHASES = "examples,coverage,fuzzing" if FUZZ else "examples,fuzzing"
CHECKS = "not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance"
PATIENCE = 300 + 60 * int(EXAMPLES)
"""Seconds a service."""


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    """A system of its own: what is left behind here would get in the way of other tests."""
    with tempfile.TemporaryDirectory(prefix="closedloop-fuzz-") as data:
        async with open_house(settings_for(Path(data))) as opened:
            yield opened


@pytest.fixture(scope="module")
async def complaints(house: House) -> list[str]:
    """Complaints that there are."""
    walks = [Walk(house).registered(), Walk(house).assigned(), Walk(house).submitted(), Walk(house).closed()]
    return [(await walk).id for walk in walks]


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("service", SERVICES)
async def test_an_interface_answers_as_it_says_whatever_is_asked(
    house: House, complaints: list[str], service: str, tmp_path: Path
) -> None:
    token = house.token_of("everyone", *(role for role in ROLES if role != AUDITOR), department="cards")
    await fuzz(house, complaints, service, tmp_path, token)


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("service", SERVICES)
async def test_so_does_what_is_the_auditor_s_alone(
    house: House, complaints: list[str], service: str, tmp_path: Path
) -> None:
    document = (await house.client.get(f"{service}/openapi.json")).json()
    own = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation["x-may"] == [AUDITOR]
    ]
    named = [part for name in own for part in ("--include-operation-id", name)]
    await fuzz(
        house, complaints, service, tmp_path, house.token_of("auditor", AUDITOR, department="compliance"), *named
    )


async def fuzz(house: House, complaints: list[str], service: str, folder: Path, token: str, *more: str) -> None:
    (folder / "schemathesis.toml").write_text(settings(complaints))
    async with serving(house.system) as url:
        fuzzing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{url}{service}/openapi.json",
            "--url", f"{url}{service}", "--header", f"Authorization: Bearer {token}",
            "--checks", CHECKS, "--phases", PHASES, "--max-examples", EXAMPLES,
            "--seed", "20261124", "--generation-database", "none", "--request-timeout", "30", "--no-color", *more,
            cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await fuzzing.communicate()
    assert fuzzing.returncode == 0, said.decode()[-6_000:]


@pytest.mark.parametrize("path", ["intake/customers/nobody/complaints", "intake/customers/nobody/contacts"])
async def test_a_text_that_no_database_holds_is_refused_wherever_a_read_takes_one(house: House, path: str) -> None:
    is_problem(await house.get("li.na", f"{path}?after=a%00b"), 422, "invalid")


async def test_after_all_that_everything_agrees_and_nothing_is_parked(house: House) -> None:
    await settled(house.system.process, dict(house.system.runtimes))
    report = await verify(house.system.process, house.system.runtimes)
    assert report.ok, report.as_data()


def settings(complaints: list[str]) -> str:
    named = '{ dictionary = "complaints", probability = 0.7 }'
    return f"""
[dictionaries.complaints]
values = {json.dumps(complaints)}

[parameters]
"path.complaint_id" = {named}
"path.complaint" = {named}
"""
