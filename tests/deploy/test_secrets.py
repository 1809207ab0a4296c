"""One password for every role, which nobody reads but the process that connects as it."""

import stat
from pathlib import Path

import pytest

from closedloop.installation import SERVICES
from deploy.secrets import main, make
from shared.privacy.masterkey import master_key


def test_a_process_has_the_passwords_of_its_own_roles_only(tmp_path: Path) -> None:
    make(tmp_path)

    for service in SERVICES:
        for kind in ("api", "worker"):
            lines = (tmp_path / f"{service}-{kind}.pgpass").read_text().splitlines()
            roles = [line.split(":")[3] for line in lines]
            assert roles == [f"closedloop_{service}_{kind}", f"closedloop_vault_{kind}"]
            for line in lines:
                assert (
                    f"create role {line.split(':')[3]} login password '{line.split(':')[4]}';"
                    in (tmp_path / "roles.sql").read_text()
                )


def test_nobody_else_may_read_a_secret_and_the_key_is_one(tmp_path: Path) -> None:
    make(tmp_path)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o400}
    assert len(master_key(tmp_path / "master.key")) == 32


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "intake-api.pgpass").unlink()

    assert main([str(tmp_path)]) == 0
    assert "1 files written" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
