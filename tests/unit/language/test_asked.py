"""Which language somebody wants: by a request's header, or by their terminal."""

import pytest

from shared.events.vocabulary import Language
from shared.language import asked_for, spoken_at


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("ZH-Hant-TW", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, zh-CN;q=0.7", "zh"),
        ("fr, zh;q=0.3", "zh"),
        ("fr, de;q=0.9", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=soon", "en"),
        ("zh;level=1", "zh"),
        ("zhuang", "en"),
        (",,;;==", "en"),
        ("fr," * 50_000 + "zh", "en"),
    ],
)
def test_the_header_s_wish_is_heard(header: str, expected: Language) -> None:
    assert asked_for(header) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_a_terminal_s_language_is_heard(environment: dict[str, str], expected: Language) -> None:
    assert spoken_at(environment) == expected
