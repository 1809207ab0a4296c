"""`python -m closedloop.docs`: write the pages; with `--check`, only say whether one would change."""

import argparse
import sys
from collections.abc import Sequence

from closedloop.docs.pages import DOCS, pages, stale, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when `--check` finds a page that is not as the code says."""
    parser = argparse.ArgumentParser(prog="closedloop.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page would change")
    asked = parser.parse_args(arguments)
    names = stale(DOCS, pages()) if asked.check else write(DOCS, pages())
    for name in names:
        sys.stdout.write(f"{'not up to date' if asked.check else 'written'}: docs/{name}\n")
    return 1 if asked.check and names else 0


if __name__ == "__main__":
    sys.exit(main())
