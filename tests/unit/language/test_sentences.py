"""Every event as a sentence in both languages, and none says what a person wrote."""

from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from annotated_types import MinLen
from pydantic import BaseModel

from shared.events.base import Event
from shared.events.envelope import Envelope
from shared.events.vocabulary import Language, Money
from shared.language import LANGUAGES, Voice, sealed, sentence
from shared.language.catalogue import catalogue
from shared.language.template import names_in
from shared.privacy.personal import Personal
from tests.contract.examples import facts

EVENTS = facts()
SECRET = "Wang Xiaoming, 13 Jade Street"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
ENGLISH = Voice()
CHINESE = Voice("zh", ZoneInfo("Asia/Shanghai"))
EXAMPLES: dict[type, Any] = {
    str: "code-1",
    int: 3,
    bool: True,
    UUID: UUID(int=7),
    Personal: Personal.of("person:1", SECRET),
    Money: Money(minor=1_234_56, currency="CNY"),
    datetime: NOON,
}
SLIPS = {
    "en": ("None", "True", "{", "}", "%", "|", "  ", " ,", " .", ",,", ",.", ": :", "()", "\n"),
    "zh": (
        "None",
        "True",
        "{",
        "}",
        "%",
        "|",
        "  ",
        " ，",
        " 。",
        "，，",
        "，。",
        "：，",
        "：。",
        "（）",
        "，）",
        "\n",
    ),
}


def whole(model: type[BaseModel], **changed: Any) -> Any:
    """An instance with every field filled in, without asking whether they fit together."""
    values = {name: _example(field.annotation) for name, field in model.model_fields.items()}
    return model.model_construct(**{**values, **changed})


def _example(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _example(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in (Union, UnionType):
        return _example(next(each for each in arguments if each is not NoneType))
    if origin is tuple:
        return (_example(arguments[0]),)
    known = next((value for known, value in EXAMPLES.items() if known is annotation), None)
    if known is not None:
        return known
    return whole(annotation) if issubclass(annotation, BaseModel) else NOON


def bare(model: type[Event]) -> Any:
    """An instance with nothing in the fields that may be empty."""
    empty = {
        name: () if get_origin(field.annotation) is tuple else None
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is tuple or NoneType in get_args(field.annotation)
        if not any(isinstance(each, MinLen) for each in field.metadata)
    }
    return whole(model, **empty)


def envelope_of(event: Event, *, actor: str = "agent-1", on_behalf_of: str | None = None) -> Envelope:
    return Envelope(
        id=UUID(int=1), source=event.source, subject="complaint:1", type=event.wire_type, schema_version=1, version=1,
        time=NOON, recorded=NOON, actor=actor, role="agent", department="cards", causation="", correlation="", seen="",
        pack="house/1", critical=True, on_behalf_of=on_behalf_of,
    )  # fmt: skip


def said(event: Event, voice: Voice = ENGLISH, **opened: str) -> str:
    return sentence(envelope_of(event), event, opened, voice)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wire_type", EVENTS)
def test_an_event_is_one_sentence_without_any_clear_text(wire_type: str, language: Language) -> None:
    for event in (whole(EVENTS[wire_type]), bare(EVENTS[wire_type])):
        says = said(event, Voice(language))
        assert SECRET not in says and "Jade" not in says
        assert says.endswith("。" if language == "zh" else ".") and not says.endswith(("..", "。。"))
        assert says[0].isalnum()
        assert [slip for slip in SLIPS[language] if slip in says] == [], says


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wire_type", EVENTS)
def test_a_clear_text_shows_only_in_the_field_it_was_opened_for(wire_type: str, language: Language) -> None:
    event = whole(EVENTS[wire_type])
    named = names_in(catalogue(language, "events").texts[None, wire_type])
    shown = [name for name in named if isinstance(getattr(event, name), Personal)]
    voice, hidden = Voice(language), sealed(language)
    assert said(event, voice).count(hidden) == len(shown)
    for name in shown:
        says = said(event, voice, **{name: "opened\non purpose"})
        assert says.count("opened on purpose") == 1
        assert says.count(hidden) == len(shown) - 1
        assert SECRET not in says


def registered(**changed: Any) -> Event:
    event = bare(EVENTS["complaint.registered"]).model_copy(
        update={"number": "7F3K-9Q2M", "channel": "phone", "received_at": NOON, "joint": 1, **changed}
    )
    assert isinstance(event, Event)
    return event


def test_it_reads_as_people_speak() -> None:
    assert said(registered()) == (
        "agent-1 registered complaint 7F3K-9Q2M, received by phone on 2025-03-03 12:00 UTC: [sealed]."
    )
    assert said(registered(), CHINESE) == (
        "agent-1 登记投诉 7F3K-9Q2M，2025年3月3日20:00 UTC+8 经电话收到：【已加密】。"
    )


def test_what_is_opened_stands_in_the_languages_own_quotation_marks_and_is_not_touched() -> None:
    assert said(registered(), content="被扣 twice费用").endswith(': "被扣 twice费用".')
    assert said(registered(), CHINESE, content="被扣 twice费用").endswith("：“被扣 twice费用”。")


def test_what_was_erased_is_told_as_such() -> None:
    gone = Personal.of("person:1", SECRET).sealed_as("A" * 50).found_erased()
    assert said(registered(content=gone)).endswith(": [erased].")
    assert said(registered(content=gone), CHINESE).endswith("：【已清除】。")


def test_times_are_said_in_one_zone() -> None:
    beijing = datetime.fromisoformat("2025-03-03T20:00:00+08:00")
    assert said(registered(received_at=beijing)) == said(registered())


def test_more_than_one_complainant_is_news() -> None:
    assert "from 25 persons together" in said(registered(joint=25))
    assert "，25人联名" in said(registered(joint=25), CHINESE)


def test_who_acts_for_another_is_said_with_both_names_and_the_system_is_no_name() -> None:
    left = whole(EVENTS["staff.left"])
    deputy, system = envelope_of(left, on_behalf_of="lead-2"), envelope_of(left, actor="system")
    assert sentence(deputy, left).startswith("agent-1, on behalf of lead-2, recorded")
    assert sentence(deputy, left, voice=CHINESE).startswith("agent-1（代 lead-2）登记")
    assert sentence(system, left).startswith("The system recorded")
    assert sentence(system, left, voice=CHINESE).startswith("系统登记")


@pytest.mark.parametrize(
    ("minor", "currency", "in_english", "in_chinese"),
    [
        (1_234_567, "CNY", "12,345.67 CNY", "12,345.67元"),
        (5, "EUR", "0.05 EUR", "0.05欧元"),
        (1234, "JPY", "1,234 JPY", "1,234日元"),
        (1234, "KWD", "1.234 KWD", "1.234科威特第纳尔"),
        (1234, "LBP", "12.34 LBP", "12.34黎巴嫩镑"),
    ],
)
def test_money_is_said_in_the_currencys_own_decimals(
    minor: int, currency: str, in_english: str, in_chinese: str
) -> None:
    event = whole(EVENTS["remedy.submitted"], amount=Money(minor=minor, currency=currency), kind="refund", option="a")
    assert said(event) == f"agent-1 submitted option a, refund of {in_english}, for approval."
    assert said(event, CHINESE) == f"agent-1 将处理方案 a 提交审批，方式为退款，金额{in_chinese}。"


def test_without_money_no_amount_is_said() -> None:
    event = whole(EVENTS["remedy.submitted"], amount=Money(minor=0, currency="CNY"), kind="no_remedy", option="a")
    assert said(event) == "agent-1 submitted option a, no remedy, for approval."
    assert said(event, CHINESE) == "agent-1 将处理方案 a 提交审批，方式为不作补偿。"


def test_a_loss_of_nothing_is_said_as_such() -> None:
    event = whole(EVENTS["investigation.findings-submitted"], loss=Money(minor=0, currency="CNY"), verdict="partly")
    assert "partly upheld, loss 0.00 CNY" in said(event)
    assert "部分成立，损失0.00元" in said(event, CHINESE)


@pytest.mark.parametrize(
    ("satisfied", "in_english", "in_chinese"),
    [
        (True, "reached, the customer is satisfied.", "已联系到客户，客户满意。"),
        (False, "reached, the customer is not satisfied.", "已联系到客户，客户不满意。"),
        (None, "reached.", "已联系到客户。"),
    ],
)
def test_no_is_an_answer_where_nobody_may_have_asked(satisfied: bool | None, in_english: str, in_chinese: str) -> None:
    event = bare(EVENTS["contact.called-back"]).model_copy(update={"satisfied": satisfied})
    assert said(event).endswith(in_english)
    assert said(event, CHINESE).endswith(in_chinese)


def test_roles_have_words_and_other_codes_stay_as_they_are() -> None:
    event = whole(EVENTS["staff.moved"], department="cards", roles=("agent", "triage_lead"))
    assert said(event).endswith("a move to cards as agent, triage lead.")
    assert said(event, CHINESE).endswith("该员工调至 cards，担任客服人员、客服主管。")
    option = whole(EVENTS["remedy.option-withdrawn"], option="refund")
    assert "处理方案 refund，" in said(option, CHINESE)


def test_an_approval_goes_on_without_a_word_that_it_was_above_a_limit() -> None:
    """It also takes one more person where the complaint is special, whatever the sum."""
    money = {"total": Money(minor=0, currency="CNY"), "limit": Money(minor=2_000_00, currency="CNY")}
    event = whole(EVENTS["remedy.approval-escalated"], option="a", to="approver", **money)
    assert said(event) == (
        "Option a goes on to the approver for the next approval (0.00 CNY in all; "
        "limit of the last approver 2,000.00 CNY)."
    )
    assert said(event, CHINESE) == "处理方案 a 上报主管领导继续审批（累计0.00元，上一步审批权限2,000.00元）。"


@pytest.mark.parametrize(
    ("changed", "in_english", "in_chinese"),
    [
        ({"field": "claimed", "claimed": Money(minor=50_00, currency="CNY")}, "to 50.00 CNY,", "诉求金额改为50.00元，"),
        ({"field": "happened_at", "happened_at": NOON}, "to 2025-03-03 12:00 UTC,", "发生时间改为2025年3月3日"),
        ({"field": "product"}, "product: it is left empty,", "产品删去，"),
    ],
)  # fmt: skip
def test_a_correction_says_the_new_value_or_that_there_is_none(
    changed: dict[str, Any], in_english: str, in_chinese: str
) -> None:
    event = bare(EVENTS["complaint.registration-corrected"]).model_copy(update=changed)
    assert in_english in said(event)
    assert in_chinese in said(event, CHINESE)


def test_a_code_of_the_house_is_told_in_words_where_we_know_it() -> None:
    event = whole(EVENTS["complaint.escalated-to-special"], reasons=("vulnerable-customer", "fire"), explanation=None)
    assert said(event) == "agent-1 made the complaint special, because of a vulnerable customer, fire."
    assert said(event, CHINESE) == "agent-1 将投诉升级为特殊类，事由：弱势客户、fire。"
