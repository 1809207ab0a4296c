"""Where the code lies, for the tests that look at its shape."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DECIDING = ("callback", "directory", "intake", "investigation", "resolution")


def sources(*packages: str) -> list[Path]:
    """Every Python file of these packages, in order of path."""
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
