"""The same complaint, told and refused in English and in Chinese, over HTTP."""

import re

from closedloop.timeline import timeline
from shared.language import Voice
from tests.e2e.walk import AGENT, JUDGE, Walk
from tests.fixtures.system import House

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
ESTABLISHED = {
    "verdict": "established", "grounds": "理由充分。", "demand": "要求合理。", "department": "cards", "days_asked": 15,
}  # fmt: skip


async def test_a_refusal_is_said_in_the_language_that_was_asked_for(house: House) -> None:
    walk = await Walk(house).registered()
    etag = (await walk.read("intake")).headers["etag"]
    before = await house.events(walk.id)
    path = f"intake/complaints/{walk.id}/judgement"
    english = await house.post(JUDGE, path, ESTABLISHED, etag=etag)
    chinese = await house.post(JUDGE, path, ESTABLISHED, etag=etag, headers=CHINESE)
    assert english.json()["title"] == "Tell the customer first that the complaint is in hand, and record it."
    assert chinese.json()["title"] == "尚未告知客户投诉已受理。请先告知客户并作登记。"
    assert english.json() == chinese.json() | {"title": english.json()["title"]}
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
    assert await house.events(walk.id) == before


async def test_a_body_that_is_not_right_is_refused_in_chinese(house: House) -> None:
    walk = await Walk(house).registered()
    body = {"channel": "pigeon", "proof": "p", "note": "王芳"}
    answer = await house.post(AGENT, f"intake/complaints/{walk.id}/acknowledgement", body, headers=CHINESE)
    said = {each["field"]: each["message"] for each in answer.json()["details"]["fields"]}
    assert answer.json()["title"] == "有些内容缺失或填写有误。请按各项提示更正后重新提交。"
    assert said["body.(unknown)"] == "没有这一项，请删去。"
    assert said["body.channel"].startswith("此项的值不在可选范围内，请从下列值中选择：phone、")
    assert "pigeon" not in answer.text and "王芳" not in answer.text


async def test_who_is_not_known_or_may_not_is_told_so_in_chinese(house: House) -> None:
    walk = await Walk(house).registered()
    nobody = await house.client.get(f"intake/complaints/{walk.id}", headers=CHINESE)
    assert nobody.json()["title"] == "无法确认您的身份。请重新登录后再试。"
    wrong = await house.post(AGENT, f"intake/complaints/{walk.id}/judgement", ESTABLISHED, headers=CHINESE)
    assert re.fullmatch(r"只有[\u4e00-\u9fff、]+可以办理此事。请转交有权办理的同事。", wrong.json()["title"])


async def test_a_whole_complaint_is_told_in_both_languages(house: House) -> None:
    walk = await Walk(house).closed()
    english = await timeline(house.system.runtimes.values(), walk.id)
    chinese = await timeline(house.system.runtimes.values(), walk.id, Voice("zh"))
    assert [each.type for each in english] == [each.type for each in chinese]
    for one, other in zip(english, chinese, strict=True):
        assert one.says.endswith(".") and not re.search(r"[\u4e00-\u9fff]", one.says)
        assert other.says.endswith("。") and re.search(r"[\u4e00-\u9fff]", other.says)
    assert any("主管领导" in each.says and "批准处理方案" in each.says for each in chinese)
