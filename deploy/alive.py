"""Asks the process beside it whether it is alive: the health check of the image, for APIs and workers alike.

    python deploy/alive.py [PORT [PATH]]

Exit status 0 if it answers, 1 if not. Left out, the port is `CLOSEDLOOP_PROBE_PORT`, which the image sets, and the path
`/health`; a gateway has no such port, and is asked something else.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE = 4.0
"""Seconds; less than the health check waits for us."""


def alive(port: int, path: str = "/health") -> bool:
    """True if this port of this machine answers with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    port, path = [*sys.argv[1:], *(os.environ.get("CLOSEDLOOP_PROBE_PORT", "8090"), "/health")[len(sys.argv) - 1 :]]
    sys.exit(0 if alive(int(port), path) else 1)
