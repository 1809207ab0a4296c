"""What became of a file's rows."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. `reason`: why it was rejected, or what is still to be done about it by hand."""

    what: Literal["registered", "known", "differing", "rejected"]
    reason: str = ""
    stage: str = ""
    """How far it is, if it was taken over in the middle of its life."""


@dataclass(slots=True)
class Summary:
    """What became of a file's rows: rows = registered + known + rejected."""

    rows: int = 0
    registered: int = 0
    known: int = 0
    differing: int = 0
    """Known ones that the file tells otherwise than the register; written to their own file."""
    rejected: int = 0
    taken_over: dict[str, int] = field(default_factory=dict)
    """Of open cases: how many of those registered stand at which stage."""
    unfinished: int = 0
    """Registered, but something of the row is left to be done by hand; written to the rejected ones."""
    seconds: float = 0.0
    rejects_file: str | None = None
    differing_file: str | None = None

    def count(self, outcome: Outcome) -> None:
        self.rows += 1
        match outcome.what:
            case "registered":
                self.registered += 1
                self.unfinished += 1 if outcome.reason else 0
                if outcome.stage:
                    self.taken_over[outcome.stage] += 1
            case "known" | "differing":
                self.known += 1
                self.differing += 1 if outcome.what == "differing" else 0
            case "rejected":
                self.rejected += 1

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": round(self.seconds, 3)}

    def in_words(self) -> str:
        rate = f", {self.rows / self.seconds:,.0f} a second" if self.seconds else ""
        lines = [
            (
                f"{self.rows:,} rows in {self.seconds:.1f} s{rate}: {self.registered:,} "
                f"{'taken over' if self.taken_over else 'registered'}, {self.known:,} known already, "
                f"{self.rejected:,} rejected."
            )
        ]
        if self.taken_over:
            lines.append(f"Of those taken over, {', '.join(self._stages())}.")
        if self.unfinished:
            lines.append(f"{self.unfinished:,} of them could not be classified; {self.rejects_file} says why.")
        if self.rejected:
            lines.append(f"The rejected rows, each with its line and reason, are in {self.rejects_file}.")
        if self.differing:
            lines.append(
                f"{self.differing:,} known ones differ from what is registered; the register was left as it is, and "
                f"the rows are in {self.differing_file}."
            )
        return "\n".join(lines)

    def _stages(self) -> list[str]:
        return [f"{count:,} are {_NEXT[stage]}" for stage, count in self.taken_over.items()]


_NEXT = {
    "acknowledged": "to be judged",
    "established": "to be investigated",
    "resolved": "to be called back",
}
