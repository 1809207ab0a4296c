"""Values in words: instants, dates, money, codes and several of them."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from shared.events.vocabulary import Evidence, ExternalReference, Hours, Money
from shared.language.words import Voice, day, instant, listed, money, named, spelt, word, word_of

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "in_english", "in_chinese"),
    [
        (UTC, "2025-03-03 12:00 UTC", "2025年3月3日12:00 UTC"),
        (ZoneInfo("Asia/Shanghai"), "2025-03-03 20:00 UTC+8", "2025年3月3日20:00 UTC+8"),
        (ZoneInfo("Asia/Kolkata"), "2025-03-03 17:30 UTC+5:30", "2025年3月3日17:30 UTC+5:30"),
        (ZoneInfo("America/St_Johns"), "2025-03-03 08:30 UTC-3:30", "2025年3月3日08:30 UTC-3:30"),
        (ZoneInfo("Europe/London"), "2025-03-03 12:00 UTC", "2025年3月3日12:00 UTC"),
        (timezone(timedelta(hours=13)), "2025-03-04 01:00 UTC+13", "2025年3月4日01:00 UTC+13"),
    ],
)
def test_an_instant_is_told_by_a_clock_that_is_named(
    zone: ZoneInfo | timezone, in_english: str, in_chinese: str
) -> None:
    assert instant(NOON, Voice("en", zone)) == in_english
    assert instant(NOON, Voice("zh", zone)) == in_chinese


def test_summer_time_is_told_as_it_was_on_that_day() -> None:
    assert instant(datetime(2025, 7, 1, 12, tzinfo=UTC), Voice("en", ZoneInfo("Europe/London"))).endswith("13:00 UTC+1")


def test_a_date_has_no_zone() -> None:
    assert (day(date(2025, 3, 3), "en"), day(date(2025, 3, 3), "zh")) == ("2025-03-03", "2025年3月3日")


def test_the_largest_amount_is_told_to_the_last_digit() -> None:
    assert money(Money(minor=10**13 - 1, currency="CNY"), "zh") == "99,999,999,999.99元"
    assert money(Money(minor=10**13 - 1, currency="JPY"), "en") == "9,999,999,999,999 JPY"


def test_a_currency_that_nobody_knows_is_told_by_its_code() -> None:
    assert money(Money(minor=100, currency="QQQ"), "zh") == "1.00QQQ"


def test_a_code_has_a_word_in_its_context() -> None:
    assert (word("other", "zh", "channel"), word("other", "zh", "kind")) == ("其他渠道", "其他")
    assert (word("upheld", "zh", "verdict"), word("upheld", "zh", "result")) == ("成立", "维持原决定")


def test_a_code_without_a_word_is_told_with_blanks_if_it_is_ours_and_as_it_is_if_not() -> None:
    assert word("not_there", "zh") == "not there"
    assert spelt("not_there", Voice("zh"), "outcome", coded=True) == "not there"
    assert spelt("fees/late_payment", Voice("zh"), "category") == "fees/late_payment"


def test_a_role_is_a_role_under_every_name() -> None:
    for name in ("role", "roles", "to", "needed_role"):
        assert named("higher_approver", "zh", name) == "上级主管领导"
    assert named("li.na", "zh", "to") == "li.na"


def test_several_have_the_comma_of_their_language() -> None:
    assert (listed(["a", "b"], "en"), listed(["a", "b"], "zh")) == ("a, b", "a、b")
    assert spelt(("phone", "sms"), Voice("zh"), "channels", coded=True) == "电话、短信"


def test_groups_of_fields_are_told_in_a_few_words() -> None:
    signed = Evidence(kind="signature", reference="doc-1", sha256="0" * 64)
    assert spelt(signed, Voice("en"), "evidence") == "signature doc-1"
    assert spelt(signed, Voice("zh"), "evidence") == "客户签字 doc-1"
    assert spelt(ExternalReference(source="cfpb", id="42"), Voice("zh"), "external") == "cfpb 42"
    assert spelt(Hours(begin="09:00", end="12:00"), Voice("zh"), "call_hours") == "09:00至12:00"


def test_a_status_is_told_as_the_answer_means_it() -> None:
    assert word_of("withdrawn", "zh", "Entry", "status") == "已撤诉"
    assert word_of("withdrawn", "zh", "Remedy", "status") == "已撤回"
    assert word_of("accepted", "en", "FoundOut", "status") == "accepted"
    assert word_of("accepted", "en", "Remedy", "status") == "accepted by the customer"


def test_a_role_and_a_score_are_told_alike_wherever_they_stand() -> None:
    assert word_of("triage_lead", "zh", "Standing", "waits_for") == "客服主管"
    assert word_of("second_person", "zh", "Waiting", "waits_for") == "待第二人复核"
    assert word_of("attitude", "zh", "Dimension", "name") == word("attitude", "zh", "score")
