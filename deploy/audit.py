"""Asks whether a locked dependency has a known weakness, and says exactly which of four things came of it.

    python -m deploy.audit requirements.lock requirements-dev.lock

A weakness, or a lock that can't be read, is exit status 1. Where nobody answers who would know, nothing is proven: that
is said loudly, with exit status 0, since whoever changes code can't mend a network. pip-audit alone ends with 1 for
both, and says that no weakness is known when the service knows none of the packages at all.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_SERVICES = ("pypi", "osv")
_WITHIN = 600.0
"""Seconds for one service; each of its answers has ten."""
_UNREACHED = re.compile(
    r"^(requests\.exceptions\.|urllib3\.exceptions\.|pip_audit\._service\.interface\.(Service|Connection)Error\b)"
    r"|Tip: your network may be blocking this service",
    re.MULTILINE,
)
"""How pip-audit ends when the service does not answer, or not rightly."""


class Outcome(Enum):
    CLEAN = "every dependency was looked up, and none has a known weakness"
    FOUND = "a dependency has a known weakness"
    UNKNOWN = "nobody answered who would know"
    BROKEN = "the audit itself failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it, and what there is to tell."""

    outcome: Outcome
    lines: tuple[str, ...]

    @property
    def status(self) -> int:
        return int(self.outcome in (Outcome.FOUND, Outcome.BROKEN))


def verdict(report: str | None, complained: str) -> Verdict:
    """Of pip-audit's report as JSON (None if it wrote none) and what it said besides."""
    if report is None:
        is_unreached = _UNREACHED.search(complained) is not None
        return Verdict(Outcome.UNKNOWN if is_unreached else Outcome.BROKEN, tuple(complained.splitlines()[-3:]))
    dependencies = json.loads(report)["dependencies"]
    weak = [
        f"{each['name']} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version'}"
        for each in dependencies
        for found in each.get("vulns", ())
    ]
    if weak:
        return Verdict(Outcome.FOUND, tuple(weak))
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    if skipped:
        told = f"{len(skipped)} of {len(dependencies)} are not known to the service, such as {skipped[0]}"
        return Verdict(Outcome.UNKNOWN, (told,))
    if not dependencies:
        return Verdict(Outcome.BROKEN, ("there is no dependency in the lock",))
    return Verdict(Outcome.CLEAN, (f"{len(dependencies)} dependencies",))


def audit(locks: Sequence[Path], service: str, osv_url: str | None = None) -> Verdict:
    """Ask one service about everything in these files."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
            "--timeout", "10", "--vulnerability-service", service, "--format", "json", "--output", str(report),
            *(("--osv-url", osv_url) if osv_url else ()), *(word for lock in locks for word in ("-r", str(lock))),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN)
        except subprocess.TimeoutExpired:
            return Verdict(Outcome.UNKNOWN, (f"{service} did not answer within {_WITHIN:.0f} s",))
        return verdict(report.read_text() if report.exists() else None, done.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy.audit", description=__doc__)
    parser.add_argument("locks", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    for service in _SERVICES:
        said = audit(asked.locks, service)
        print(f"audit ({service}): {said.outcome.value}", *said.lines, sep="\n  ")
        if said.outcome is not Outcome.UNKNOWN:
            return said.status
    stars = "*" * 78
    print(f"{stars}\nNOT AUDITED: whether a dependency has a known weakness, nobody here could tell.\n{stars}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
