"""In which turn a record comes follows from the log before it alone."""

from shared.eventlog.protocol import Record
from shared.projections.incoming import incoming
from shared.projections.sequence import Early, Head, tell
from shared.proof.chain import GENESIS, link

SUBJECT = "complaint:1"


def chained(*bodies: bytes) -> list[bytes]:
    chains, before = [], GENESIS
    for body in bodies:
        before = link(before, body)
        chains.append(before)
    return chains


ONE, TWO, THREE = b"one", b"two", b"three"
CHAINS = chained(ONE, TWO, THREE)


def record(offset: int, version: int, body: bytes, chain: bytes | None = None) -> Record:
    headers = (
        ("source", b"intake"), ("version", str(version).encode()), ("type", b"complaint.registered"),
        ("chain", CHAINS[version - 1] if chain is None else chain),
    )  # fmt: skip
    return Record(0, offset, SUBJECT, body, headers)


def turns(*records: Record) -> list[tuple[str, bool]]:
    told = tell([incoming(each) for each in records], {}, {})
    return [(item.turn, item.fills) for item in told.items]


def test_each_version_comes_once_and_doubles_are_known() -> None:
    log = [record(0, 1, ONE), record(1, 2, TWO), record(2, 1, ONE), record(3, 2, TWO), record(4, 3, THREE)]
    assert [turn for turn, _ in turns(*log)] == ["next", "next", "double", "double", "next"]


def test_what_comes_too_early_waits_and_whoever_fills_the_gap_says_so() -> None:
    early: dict[tuple[str, str], dict[int, Early]] = {}
    told = tell([incoming(r) for r in (record(0, 3, THREE), record(1, 2, TWO), record(2, 2, TWO))], {}, early)
    assert [item.turn for item in told.items] == ["early", "early", "double"]
    filled = tell([incoming(record(3, 1, ONE))], {}, early)
    assert [(item.turn, item.fills) for item in filled.items] == [("next", True)]
    assert filled.filled == [(0, 1, 3), (0, 0, 3)]
    assert filled.heads[SUBJECT, "intake"] == Head(3, CHAINS[2], 0, 3)
    assert early[SUBJECT, "intake"] == {}


def test_what_does_not_continue_its_chain_is_forged_and_the_true_one_still_comes() -> None:
    forged = record(1, 2, b"pay me", CHAINS[1])
    told = tell([incoming(r) for r in (record(0, 1, ONE), forged, record(2, 2, TWO))], {}, {})
    assert [item.turn for item in told.items] == ["next", "forged", "next"]
    assert told.items[1].error == "BrokenChain"
    assert told.heads[SUBJECT, "intake"].version == 2


def test_a_stream_goes_on_from_where_it_stood() -> None:
    told = tell([incoming(record(9, 3, THREE))], {(SUBJECT, "intake"): Head(2, CHAINS[1], 0, 4)}, {})
    assert [item.turn for item in told.items] == ["next"]
