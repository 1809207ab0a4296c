"""The chain of a stream: each link covers the link before and the envelope's bytes.

A changed, dropped, inserted or reordered fact breaks every later link of its stream.
"""

import hashlib

GENESIS = bytes(32)
"""What version 1 of every stream is chained to."""


def link(previous: bytes, body: bytes) -> bytes:
    """SHA-256 over the previous link (32 bytes) and the canonical bytes of the fact."""
    return hashlib.sha256(previous + body).digest()
