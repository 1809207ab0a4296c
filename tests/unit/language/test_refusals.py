"""A refusal's sentence, filled from its details, and what is said when one of them is missing."""

import pytest

from shared.events.vocabulary import Language
from shared.language import LANGUAGES, fault, refusal
from shared.language.catalogue import catalogue

ABOVE = {"limit": 2_000_00, "total": 3_500_00, "currency": "CNY", "needed_role": "higher_approver"}


def test_a_sentence_is_filled_from_the_details() -> None:
    assert refusal("above_limit", "zh", ABOVE, "resolution") == (
        "连同已给予该客户的补偿，累计3,500.00元，超出审批权限（2,000.00元）。请上报上级主管领导审批。"
    )


def test_a_missing_detail_is_left_unsaid() -> None:
    assert refusal("above_limit", "zh", {}, "resolution") == (
        "连同已给予该客户的补偿，超出审批权限。目前没有审批人的权限可以覆盖，请降低金额后另行提出。"
    )
    assert refusal("above_limit", "zh", {"total": 5, "needed_role": None}, "resolution") is not None


def test_several_roles_are_told_in_words() -> None:
    roles = ["agent", "triage_lead"]
    assert refusal("wrong_role", "zh", {"roles": roles}) == (
        "只有客服人员、客服主管可以办理此事。请转交有权办理的同事。"
    )


def test_a_currency_by_itself_is_called_by_its_name() -> None:
    assert refusal("not_currency_of_loss", "zh", {"currency": "CNY"}) == "损失以人民币认定。请以该币种提出处理方案。"
    assert refusal("unknown_currency", "zh", {"currency": "SEK", "currencies": ["CNY", "HKD"]}) == (
        "没有以瑞典克朗设定的权限。可用的币种：人民币、港元。请改用其中之一。"
    )
    assert refusal("unknown_currency", "en", {"currency": "SEK", "currencies": ["CNY", "HKD"]}) == (
        "No limits are kept in SEK. Use one of: CNY, HKD."
    )


def test_a_code_that_means_you_or_another_says_which() -> None:
    assert refusal("recused", "zh", {"investigator": "chen.jie"}) == "chen.jie 须回避本案。请另指派调查人。"
    assert refusal("recused", "zh") == "您或您所代理的人须回避本案。请由他人办理。"


def test_a_service_may_mean_a_code_in_its_own_way() -> None:
    of_limits, of_rejection = (refusal("same_person", "zh", service=name) for name in ("directory", "intake"))
    assert of_limits != of_rejection
    assert refusal("closed", "zh", service="intake") == refusal("closed", "zh", service="callback")


def test_a_code_without_a_sentence_has_none() -> None:
    assert refusal("made_up", "zh") is None
    assert fault("made_up", "zh") is None
    assert refusal("missing", "zh") is None, "a field's fault is no refusal"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_details_break_a_sentence(language: Language) -> None:
    odd = {
        "limit": -1,
        "currency": "?",
        "roles": [],
        "purposes": (1,),
        "most": "x",
        "allowed": [None, 3],
        "total": 1,
    }
    for context, code in catalogue(language, "refusals").texts:
        for details in ({}, odd, dict.fromkeys(odd, "")):
            said = refusal(code, language, details, context)
            assert context == "field" or said, code
            assert not said or not {"{", "}", "|"} & set(said), said


def test_a_field_s_fault_says_the_bound() -> None:
    assert fault("string_too_long", "zh", {"max_length": 500}) == "此项过长，请不要超过500个字符。"
    assert fault("string_too_long", "zh") == "此项过长，请缩短内容。"
    assert fault("literal_error", "zh", {"expected": "'phone', 'web' or 'other'"}) == (
        "此项的值不在可选范围内，请从下列值中选择：phone、web、other。"
    )
    assert fault("literal_error", "en", {"expected": "'phone', 'web' or 'other'"}) == (
        "This is none of the values that may stand here: phone, web, other."
    )
