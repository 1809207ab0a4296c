"""All pages, and which of those in a folder are not as they should be."""

from collections.abc import Mapping
from pathlib import Path

from closedloop.docs.access import access_page
from closedloop.docs.asyncapi import asyncapi_text
from closedloop.docs.markdown import MADE
from closedloop.docs.reference import glossary_page, openapi_text, settings_page
from closedloop.docs.service import service_page
from closedloop.installation import SERVICES
from closedloop.system import rooms_of

DOCS = Path(__file__).parents[2] / "docs"


def pages() -> dict[str, str]:
    """Path below `docs/` to text, of every page that is made from the code."""
    services = [rooms_of(name) for name in SERVICES]
    return {
        **{f"services/{rooms.name}.md": service_page(rooms) for rooms in services},
        "who-may-what.md": access_page(services),
        "settings.md": settings_page(),
        "glossary.md": glossary_page(),
        "asyncapi.json": asyncapi_text(services),
        **{f"openapi/{rooms.name}.json": openapi_text(rooms) for rooms in services},
    }


def stale(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Pages that are missing, that say something else, or that are left of what is no more. Sorted."""
    different = {name for name, text in wanted.items() if _text(folder / name) != text}
    return sorted(different | (_made_before(folder) - wanted.keys()))


def write(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Make the folder hold these pages and no others made from the code; says which changed."""
    changed = stale(folder, wanted)
    for name in changed:
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def _text(path: Path) -> str | None:
    return path.read_bytes().decode() if path.is_file() else None


def _made_before(folder: Path) -> set[str]:
    """Pages in the folder that bear the mark of being made from the code, every file of openapi/, and asyncapi.json."""
    marked = [path for path in folder.rglob("*.md") if MADE in path.read_text(encoding="utf-8")]
    return {
        path.relative_to(folder).as_posix()
        for path in (*marked, *folder.glob("openapi/*.json"), *folder.glob("asyncapi.json"))
    }
