"""The README's walk, run by a shell as it stands: whoever copies it gets what it promises."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from closedloop.serving import serving
from tests.fixtures.system import House

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SAYS = re.compile(r'"events":\[("[a-z.-]+"(?:,"[a-z.-]+")*)\]')


def walk() -> str:
    """The shell blocks of the section that goes round by HTTP. A busy machine gets more time than readers do."""
    section = README.split("## A first complaint, by hand")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    lines = "\n".join(block for block in blocks if ".venv/bin/" not in block)
    return re.sub(r"sleep \d;", "sleep 4;", lines)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's lines are for a shell with curl")
@pytest.mark.timeout(300)
async def test_the_walk_of_the_readme_goes_round(house: House, tmp_path: Path) -> None:
    async with serving(house.system) as url:
        shell = await asyncio.create_subprocess_exec(
            "bash", "-c", walk(), cwd=tmp_path, env=os.environ | {"C": url.rstrip("/")},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await shell.communicate()
    said = told.decode()
    events = [event for found in SAYS.findall(said) for event in found.replace('"', "").split(",")]
    assert events[:3] == ["complaint.registered", "complaint.acknowledged", "complaint.classified"], said
    wanted = ("remedy.approval-escalated", "remedy.execution-started", "complaint.closed", "callback.record-audited")
    assert [event for event in wanted if event not in events] == [], said
    for shown in ("wrong_role", "approved_before", "not_accepted", "not_reached", "登记投诉", "system-fault", "read_"):
        assert shown in said, (shown, said)
    assert "bug" not in said and "invalid" not in said, said
