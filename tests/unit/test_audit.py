"""The audit of dependencies: pip-audit itself, asking a service of our own that knows what the test says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import audit as module
from deploy.audit import Outcome, Verdict, audit, main, verdict

KNOWN = {
    "vulns": [
        {
            "id": "PYSEC-2019-217",
            "summary": "Sandbox escape.",
            "affected": [
                {
                    "package": {"name": "jinja2", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
                }
            ],
        }
    ]
}


@contextmanager
def service(status: int, answer: dict[str, Any]) -> Iterator[str]:
    """Answers everything so, as OSV would."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    place = tmp_path / "requirements.lock"
    place.write_text(f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n")
    return place


def test_a_known_weakness_fails(lock: Path) -> None:
    with service(200, KNOWN) as url:
        said = audit([lock], "osv", url)
    assert said == Verdict(Outcome.FOUND, ("jinja2 2.4.1: PYSEC-2019-217, mended in 2.10.1",)) and said.status == 1


def test_none_known_is_well(lock: Path) -> None:
    with service(200, {}) as url:
        said = audit([lock], "osv", url)
    assert said == Verdict(Outcome.CLEAN, ("1 dependencies",)) and said.status == 0


def test_a_service_that_is_away_or_broken_proves_nothing(lock: Path) -> None:
    # Port 9 of the loopback: nobody answers there.
    assert audit([lock], "osv", "http://127.0.0.1:9/").outcome is Outcome.UNKNOWN
    with service(503, {}) as url:
        assert audit([lock], "osv", url).outcome is Outcome.UNKNOWN


def test_a_lock_that_cannot_be_read_fails(lock: Path) -> None:
    lock.write_text("jinja2 of some version\n")
    assert audit([lock], "osv", "http://127.0.0.1:9/").outcome is Outcome.BROKEN


def test_packages_that_the_service_does_not_know_are_not_said_to_be_well() -> None:
    report = {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}]}
    said = verdict(json.dumps(report), "No known vulnerabilities found")
    assert said == Verdict(Outcome.UNKNOWN, ("1 of 2 are not known to the service, such as b",)) and said.status == 0
    assert verdict(json.dumps({"dependencies": []}), "").status == 1


def test_a_weakness_counts_though_others_are_not_known() -> None:
    weak = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": []}]}
    said = verdict(json.dumps({"dependencies": [{"name": "b", "skip_reason": "not found"}, weak]}), "")
    assert said == Verdict(Outcome.FOUND, ("a 1: X-1, mended in no version",)) and said.status == 1


@pytest.mark.parametrize(
    ("first", "second", "status", "says"),
    [
        (Outcome.UNKNOWN, Outcome.UNKNOWN, 0, "NOT AUDITED"),
        (Outcome.UNKNOWN, Outcome.FOUND, 1, "known weakness"),
        (Outcome.FOUND, Outcome.CLEAN, 1, "known weakness"),
        (Outcome.CLEAN, Outcome.FOUND, 0, "none has a known weakness"),
        (Outcome.BROKEN, Outcome.CLEAN, 1, "failed"),
    ],
)
def test_one_service_is_enough_and_the_second_is_asked_only_for_lack_of_the_first(
    first: Outcome, second: Outcome, status: int, says: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    answers = {"pypi": Verdict(first, ("…",)), "osv": Verdict(second, ("…",))}
    monkeypatch.setattr(module, "audit", lambda _, asked: answers[asked])
    assert main(["requirements.lock"]) == status
    assert says in capsys.readouterr().out
