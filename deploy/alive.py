"""Asks the process beside it whether it is alive: the health check of the image, for APIs and workers alike.

    python deploy/alive.py

Exit status 0 if it answers, 1 if not. The port is `CLOSEDLOOP_PROBE_PORT`, which the image sets.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE = 4.0
"""Seconds; less than the health check waits for us."""


def alive(port: int) -> bool:
    """True if `GET /health` on this machine's port is answered with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if alive(int(os.environ["CLOSEDLOOP_PROBE_PORT"])) else 1)
