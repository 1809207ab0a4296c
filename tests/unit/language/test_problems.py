"""A refusal over HTTP speaks the caller's language, quotes nothing, and says which language it speaks."""

from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace
from typing import Annotated, Literal

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.decide import NotYetSeen, Refused
from shared.web.problems import BoundedBody, add_handlers

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
SECRET = "王芳 6222021234567890"


def never(_: str) -> str:
    raise ValueError("a rule of ours says no")


def with_digits(_: str) -> str:
    raise PydanticCustomError("few_digits", "A telephone number has at least {least} digits. Correct it.", {"least": 4})


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: Literal["phone", "web"]
    words: str = Field(min_length=3, max_length=5)
    many: tuple[str, ...] = Field((), max_length=1)
    at: AwareDatetime | None = None
    ours: Annotated[str | None, AfterValidator(never)] = None
    number: int = Field(1, ge=1, le=5)
    phone: Annotated[str | None, AfterValidator(with_digits)] = None


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.runtime = SimpleNamespace(name="directory")
    app.add_middleware(BoundedBody, most=1_000, most_of_file=2_000)
    add_handlers(app)

    @app.post("/body")
    async def body(body: Body) -> None: ...

    @app.get("/same-person")
    async def same_person() -> None:
        raise Refused("same_person", "You proposed it.", who="li.na")

    @app.get("/above")
    async def above() -> None:
        raise Refused("above_limit", "Too much for you.", total=5_00, currency="CNY", needed_role="approver")

    @app.get("/later")
    async def later() -> None:
        raise NotYetSeen("staff:li.na", "Not here yet.")

    @app.get("/unsaid")
    async def unsaid() -> None:
        raise Refused("made_up_here", "Nobody translated this.")

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError(SECRET)

    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://closedloop") as client:
        yield client


async def test_english_is_what_the_rule_says(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/same-person")
    assert (answer.status_code, answer.json()["title"]) == (409, "You proposed it.")
    assert answer.headers["content-language"] == "en"
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["details"] == {"who": "li.na"}


async def test_chinese_is_what_the_catalogue_says_for_this_service(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/same-person", headers=CHINESE)
    assert answer.json()["title"] == "这份审批权限是您或您所代理的人拟定的。请由另一人启用。"
    assert answer.json()["code"] == "same_person"
    assert answer.headers["content-language"] == "zh"


async def test_chinese_is_filled_from_the_details(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/above", headers=CHINESE)
    assert answer.json()["title"] == "连同已给予该客户的补偿，累计5.00元，超出审批权限。请上报主管领导审批。"
    assert answer.json()["details"] == {"total": 500, "currency": "CNY", "needed_role": "approver"}


async def test_a_later_try_is_still_told_when(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/later", headers=CHINESE)
    assert (answer.headers["retry-after"], answer.json()["title"]) == ("1", "所依据的信息尚未到达。请稍后再试。")


async def test_what_nobody_translated_is_said_in_english_and_marked_so(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/unsaid", headers=CHINESE)
    assert (answer.json()["title"], answer.headers["content-language"]) == ("Nobody translated this.", "en")


async def test_what_the_framework_refuses_is_said_in_chinese_too(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/nowhere", headers=CHINESE)).json()["title"] == "该地址不存在。请查阅接口说明。"
    assert (await client.get("/body", headers=CHINESE)).json()["code"] == "method_not_allowed"
    large = await client.post("/body", headers=CHINESE, content=b"x" * 2_000)
    assert (large.status_code, large.json()["title"]) == (413, "请求内容过大，最多1000字节。请缩短后重新提交。")


async def test_what_the_framework_refuses_says_what_to_do_in_english_too(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/nowhere")).json()[
        "title"
    ] == "There is nothing at this address. Look it up in the API page."
    large = await client.post("/body", content=b"x" * 2_000)
    assert large.json()["title"] == "A request body has at most 1000 bytes. Shorten it."
    assert large.json()["details"] == {"most": 1_000}


async def test_a_bug_tells_nothing_in_either_language(client: httpx2.AsyncClient) -> None:
    for headers in ({}, CHINESE):
        answer = await client.get("/bug", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (500, "bug")
        assert SECRET not in answer.text


async def faults(client: httpx2.AsyncClient, body: dict[str, object], **headers: str) -> dict[str, tuple[str, str]]:
    answer = await client.post("/body", json=body, headers=headers)
    assert answer.status_code == 422 and answer.json()["code"] == "invalid"
    assert "6222" not in answer.text and "王芳" not in answer.text
    return {each["field"]: (each["code"], each["message"]) for each in answer.json()["details"]["fields"]}


WRONG = {
    "channel": SECRET, "many": [SECRET, SECRET], "at": datetime(2025, 3, 3).isoformat(), "ours": SECRET, "number": 9,  # noqa: DTZ001
    "phone": SECRET,
    SECRET: SECRET,
}  # fmt: skip


async def test_every_fault_of_a_body_is_said_in_chinese(client: httpx2.AsyncClient) -> None:
    assert await faults(client, WRONG, **CHINESE) == {
        "body.channel": ("literal_error", "此项的值不在可选范围内，请从下列值中选择：phone、web。"),
        "body.words": ("missing", "此项必填，请填写。"),
        "body.many": ("too_long", "此项数目过多，请不要超过1项。"),
        "body.at": ("timezone_aware", "此项时间缺少时区，请注明，例如 +08:00。"),
        "body.ours": ("value_error", "此项不符合填写要求，请核对后更正。"),
        "body.number": ("less_than_equal", "此项数值过大，须不大于5。"),
        "body.phone": ("few_digits", "电话号码至少须有4位数字，请更正。"),
        "body.(unknown)": ("extra_forbidden", "没有这一项，请删去。"),
    }


async def test_every_fault_of_a_body_is_said_in_english(client: httpx2.AsyncClient) -> None:
    said = await faults(client, WRONG)
    assert said["body.words"] == ("missing", "This is missing. Give it.")
    assert said["body.channel"][1] == "This is none of the values that may stand here: phone, web."
    assert said["body.ours"] == ("value_error", "Value error, a rule of ours says no")
    assert said["body.phone"] == ("few_digits", "A telephone number has at least 4 digits. Correct it.")


async def test_a_fault_that_nobody_put_into_words_is_said_in_general(client: httpx2.AsyncClient) -> None:
    said = await faults(client, {"channel": "web", "words": "abc", "number": True, "at": "x"}, **CHINESE)
    assert all(message.endswith("。") for _, message in said.values())
