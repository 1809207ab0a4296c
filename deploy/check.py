"""Checks of what deploys Closedloop, with the programs that will read it: Helm, Prometheus' own, and Compose's.

    python -m deploy.check            # lint, render and compare, test the alert rules, resolve the compose file
    python -m deploy.check --write    # keep what the chart renders to in tests/deploy/rendered

The programs are built from their published Go modules, once, into .venv/deploy; the first time takes minutes. What
needs none of them stands in tests/deploy, and runs with all other tests: it reads what was kept here.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHART = ROOT / "deploy" / "kubernetes"
TESTS = ROOT / "tests" / "deploy"
TOOLS = ROOT / ".venv" / "deploy"
MODULES = {
    "helm": "helm.sh/helm/v4/cmd/helm@v4.3.1",
    "promtool": "github.com/prometheus/prometheus/cmd/promtool@v0.316.0",
    "cmd": "github.com/compose-spec/compose-go/v2/cmd@v2.16.2",
}
"""Each program's name and where it is published; `cmd` is what Compose's own parser calls itself."""


class Differs(Exception):
    """A check failed; the message says where."""


def chart_digest() -> str:
    """What the chart is made of, in one number: kept with what it rendered to, so that nobody forgets to render."""
    digest = sha256()
    for path in sorted(path for path in CHART.rglob("*") if path.is_file() and path.suffix != ".md"):
        digest.update(f"{path.relative_to(CHART).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def value_files() -> list[Path]:
    return sorted((TESTS / "values").glob("*.yaml"))


def kept(values: Path) -> Path:
    """Where what the chart renders to with these values is kept."""
    return TESTS / "rendered" / values.name


def header(values: Path) -> str:
    return (
        f"# What deploy/kubernetes renders to with tests/deploy/values/{values.name}. Made by `make deploy-render`.\n"
        f"# Chart: sha256:{chart_digest()}\n"
        f"# Values: sha256:{sha256(values.read_bytes()).hexdigest()}\n"
    )


def tool(name: str) -> str:
    """The program, built if it is not there yet. Raises CalledProcessError, or FileNotFoundError without Go."""
    program = TOOLS / name
    if not program.exists():
        print(f"building {MODULES[name]} ...", flush=True)
        where = {**os.environ, "GOBIN": str(TOOLS), "GOFLAGS": "-trimpath"}
        subprocess.run(["go", "install", MODULES[name]], check=True, env=where)  # noqa: S607 -- whichever Go is there
    return str(program)


def said(*command: str) -> str:
    """What a program printed. Raises Differs with what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise Differs(f"{Path(command[0]).name}: {done.stdout}{done.stderr}".strip())
    return done.stdout


def check_chart(write: bool = False) -> Iterator[str]:
    """Lint it, and compare what it renders to with what is kept."""
    for values in value_files():
        said(tool("helm"), "lint", "--strict", "--quiet", str(CHART), "--values", str(values))
        rendered = header(values) + said(
            tool("helm"), "template", "closedloop", str(CHART), "--namespace", "complaints", "--values", str(values)
        )
        path = kept(values)
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(rendered, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != rendered:
            raise Differs(f"{path.relative_to(ROOT)} is not what the chart renders to: run `make deploy-render`")
        yield f"chart with {values.name}: {rendered.count('kind: ')} kinds named, as kept"


def check_alerts() -> Iterator[str]:
    """Prometheus' own reading of the rules, and the stories in which each must ring or stay silent."""
    rules = ROOT / "deploy" / "alerts" / "closedloop.yaml"
    yield said(tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", str(rules)).strip()
    yield said(tool("promtool"), "test", "rules", str(TESTS / "alerts.yaml")).strip()


def check_compose() -> Iterator[str]:
    """Compose's own reading of the compose file, with every check of its model."""
    resolved = said(tool("cmd"), "-no-interpolation", str(ROOT / "deploy" / "compose.yaml"))
    yield f"compose.yaml: {resolved.count('image: ')} containers"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy.check", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what the chart renders to")
    asked = parser.parse_args(arguments)
    try:
        for checks in (check_chart(asked.write),) if asked.write else (check_chart(), check_alerts(), check_compose()):
            for line in checks:
                print(line, flush=True)
    except (Differs, FileNotFoundError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
