"""Free ports of this machine."""

import socket


def free_ports(count: int) -> list[int]:
    """As many different ones; each may be taken by somebody else before it is used."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()
