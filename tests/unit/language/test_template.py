"""Sentences with places: what is said when there is something to say, when not, and how Chinese is set."""

import pytest

from shared.language.template import NOTHING, Said, filled, names_in


def said(template: str, **values: str | None) -> str:
    return filled(template, lambda name: NOTHING if (value := values[name]) is None else Said(value), "en")


def set_in_chinese(template: str, **values: str) -> str:
    return filled(template, lambda name: Said(values[name]), "zh")


def test_a_place_is_filled_in() -> None:
    assert said("{who} called {whom}.", who="li.na", whom="nobody") == "li.na called nobody."


def test_a_place_is_left_out_or_says_something_else_where_there_is_nothing() -> None:
    template = "Closed{by: by %|}, {reason:because of % (%)|without a reason}."
    assert said(template, by="li.na", reason="x") == "Closed by li.na, because of x (x)."
    assert said(template, by=None, reason=None) == "Closed, without a reason."


def test_a_place_may_say_what_its_value_means_without_showing_it() -> None:
    assert said("{paid:made|not made}", paid="True") == "made"


def test_of_several_places_the_first_that_there_is_is_said() -> None:
    template = "Call{mobile/home: % |}."
    assert said(template, mobile=None, home="2") == "Call 2 ."
    assert said(template, mobile="1", home="2") == "Call 1 ."
    assert said(template, mobile=None, home=None) == "Call."
    assert names_in(template) == {"mobile", "home"}


def test_a_colon_may_stand_in_what_is_said() -> None:
    assert said("Reopened{why:: %|}.", why="new facts") == "Reopened: new facts."


def test_the_places_of_a_template_are_known() -> None:
    assert names_in("{a} {b:x %|y} {a}。") == {"a", "b"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("系统", "由系统登记。"),
        ("li.na", "由 li.na 登记。"),
        ("7F3K-9Q2M", "由 7F3K-9Q2M 登记。"),
        ("30", "由30登记。"),
        ("2025年3月3日20:00 UTC+8", "由2025年3月3日20:00 UTC+8 登记。"),
        ("【已加密】", "由【已加密】登记。"),
        ("“he said no”", "由“he said no”登记。"),
        ("", "由登记。"),
    ],
)
def test_a_blank_stands_between_chinese_and_latin_words_alone(value: str, expected: str) -> None:
    assert set_in_chinese("由{who}登记。", who=value) == expected
    assert set_in_chinese("{who:由%登记|}。", who=value) == expected


def test_two_values_side_by_side_are_set_too() -> None:
    assert set_in_chinese("{department}{role}批准", department="cards", role="主管领导") == "cards 主管领导批准"


def test_what_stands_within_a_value_is_left_as_it_was_written() -> None:
    assert set_in_chinese("客户表示：{words}", words="“被扣twice费用”") == "客户表示：“被扣twice费用”"


def test_a_long_value_is_set_as_fast_as_a_short_one() -> None:
    digits = "1" * 200_000
    assert set_in_chinese("由{who}登记", who=digits) == f"由{digits}登记"
