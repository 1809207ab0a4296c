"""Evidence files against their names: the hash of the sealed bytes, which needs no key, also of an erased person's."""

from closedloop.verify.report import Report
from shared.db import Connection

_AT_ONCE = 50
"""Files that one statement hashes: so many large ones that it still ends in time."""
_NEXT = """
select sha256, subject, encode(sha256(sealed), 'hex') as found
from files where sha256 > $1 order by sha256 limit $2
"""


async def check_files(connection: Connection, service: str, report: Report) -> None:
    """Hash every file that a service keeps, inside the caller's snapshot of its database."""
    last = ""
    while rows := await connection.fetch(_NEXT, last, _AT_ONCE):
        for row in rows:
            if row["found"] != row["sha256"]:
                where = f"{service} file {row['sha256']} of {row['subject']}"
                report.found("file_changed", where, "its bytes are not those that it was named by")
        last = rows[-1]["sha256"]
