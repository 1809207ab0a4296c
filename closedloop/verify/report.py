"""What verification found."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `kind` is stable; `where` names the event or row; `says` is for a person."""

    kind: str
    where: str
    says: str

    def as_data(self) -> dict[str, str]:
        return {"kind": self.kind, "where": self.where, "says": self.says}


@dataclass
class Report:
    """All that was looked at, and what was wrong. At most `most` findings are kept; all are counted."""

    most: int = 1_000
    events: int = 0
    streams: int = 0
    rows: int = 0
    journal_rows: int = 0
    complaints: int = 0
    findings: list[Finding] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def found(self, kind: str, where: str, says: str) -> None:
        self.kinds[kind] += 1
        if len(self.findings) < self.most:
            self.findings.append(Finding(kind, where, says))

    @property
    def ok(self) -> bool:
        return not self.kinds

    def as_data(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "events": self.events,
            "streams": self.streams,
            "journal_rows": self.journal_rows,
            "view_rows": self.rows,
            "complaints": self.complaints,
            "differences": dict(self.kinds),
            "first": self.findings[0].as_data() if self.findings else None,
            "findings": [finding.as_data() for finding in self.findings],
        }
