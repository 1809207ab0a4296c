"""In which order the events of a case are told."""

from shared.events.envelope import Envelope, parse_seen


def merged(streams: dict[str, list[Envelope]]) -> list[Envelope]:
    """One order of several streams of a subject: what a decision had seen stands before it; else by recorded time.

    Recorded times alone would nearly do, since an effect never bears an earlier one than its cause; but two may be
    equal, and then only `seen` tells which was first.
    """
    waiting = {name: list(stream) for name, stream in streams.items()}
    done = dict.fromkeys(streams, 0)
    ordered: list[Envelope] = []
    while any(waiting.values()):
        heads = [stream[0] for stream in waiting.values() if stream]
        ready = [head for head in heads if _seen_stands(head, done)] or heads
        first = min(ready, key=lambda envelope: (envelope.recorded, envelope.source))
        waiting[first.source].pop(0)
        done[first.source] = first.version
        ordered.append(first)
    return ordered


def _seen_stands(envelope: Envelope, done: dict[str, int]) -> bool:
    seen = parse_seen(envelope.seen)
    return all(done.get(source, version) >= version for source, version in seen.items() if "/" not in source)
