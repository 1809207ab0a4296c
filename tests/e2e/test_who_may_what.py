"""Every address asked in every role: who may not is refused before anything of the case is looked at.

The addresses are those of the interface itself, as it tells them, so that none is forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import pytest

from closedloop.docs.access import access_page
from closedloop.installation import SERVICES
from closedloop.system import rooms_of
from services.directory.rules import ROLES
from shared.web.commands import names_in
from tests.fixtures.system import House

NOBODY = UUID("00000000-0000-4000-8000-00000000dead")
EVERY_ROLE = (*ROLES, "system")
NAMES = {"sha256": "0" * 64}
"""What stands in a path where no complaint is named, nor anybody."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a service, with a request that is right in all but who asks."""

    method: str
    pattern: str
    may: tuple[str, ...]
    asked: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    file: bool = False

    @property
    def path(self) -> str:
        return self.pattern.format_map({name: NAMES.get(name, str(NOBODY)) for name in names_in(self.pattern)})


async def addresses(house: House, service: str) -> list[Address]:
    document = (await house.client.get(f"{service}/openapi.json")).json()
    return list(_addresses(service, document))


def _addresses(service: str, document: dict[str, Any]) -> Iterator[Address]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            required = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each["required"]]
            content = operation.get("requestBody", {}).get("content", {})
            yield Address(
                method.upper(),
                f"{service}{path}",
                tuple(operation["x-may"]),
                {each["name"]: "王芳" for each in required},
                _example(document, content["application/json"]) if "application/json" in content else None,
                "text/plain" in content,
            )


def _example(document: dict[str, Any], content: dict[str, Any]) -> Any:
    name = content["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name].get("examples", [None])[0]


async def ask(house: House, address: Address, token: str | None) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if address.method == "POST":
        headers |= {"Idempotency-Key": "who-may-what", "If-Match": '"1"'}
    if address.file:
        headers |= {"Content-Type": "text/plain"}
        return await house.client.post(address.path, content=b"a text", headers=headers)
    return await house.client.request(
        address.method, address.path, params=address.asked, json=address.body, headers=headers
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_every_address_is_for_the_roles_that_it_names_and_for_no_other(house: House, service: str) -> None:
    wrong = []
    for address in await addresses(house, service):
        for role in EVERY_ROLE:
            token = house.token_of(f"only-{role.replace('_', '-')}", role, department="nowhere")
            answer = await ask(house, address, token)
            refused = answer.status_code == 403 and answer.json()["code"] == "wrong_role"
            if answer.status_code >= 500 or refused == (role in address.may):
                wrong.append(f"{role}: {address.method} {address.path}: {answer.status_code} {answer.text[:120]}")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
async def test_without_a_token_nothing_is_answered(house: House, service: str) -> None:
    for address in await addresses(house, service):
        answer = await ask(house, address, None)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), address


@pytest.mark.parametrize("service", SERVICES)
async def test_the_table_of_who_may_what_names_every_address(house: House, service: str) -> None:
    table = access_page([rooms_of(service)])
    for address in await addresses(house, service):
        line = next(line for line in table.splitlines() if f"`{address.method} /{address.pattern}`" in line)
        assert line.count("●") == len(set(address.may)), address
