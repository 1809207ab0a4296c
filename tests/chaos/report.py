"""What a run has to say: how to repeat it, what was done to the system, what became of the work, what was found."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.chaos.checks import Findings
from tests.chaos.rig import Rig
from tests.chaos.story import Story
from tests.chaos.town import Town


@dataclass
class Report:
    """Seconds wherever a number has a fraction."""

    seed: int
    seconds: float
    nodes: int
    without: str | None = None
    only: str = ""
    small: bool = False
    built: float = 0.0
    broken: float = 0.0
    became_quiet: float = 0.0
    checked: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    recovery: dict[str, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    stories: list[Story] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    payments: dict[str, int] = field(default_factory=dict)
    restarted: list[str] = field(default_factory=list)
    kept: Path | None = None
    """Where everything lies that the processes printed, if something was wrong."""

    @property
    def ok(self) -> bool:
        return self.findings.ok and bool(self.findings.looked_at) and not self.broke

    @property
    def again(self) -> str:
        """The command that draws the same faults."""
        without = f" --without {self.without}" if self.without else ""
        only = f" --only '{self.only}'" if self.only else ""
        small = " --small" if self.small else ""
        said = f"--seed {self.seed} --minutes {self.seconds / 60:g} --nodes {self.nodes}{small}{without}{only}"
        return f'make chaos ARGS="{said}"'

    def learn(self, rig: Rig, town: Town) -> None:
        """Take over what the others counted."""
        self.outcomes, self.codes, self.restarted = town.outcomes, town.codes, rig.ended
        self.broke += [f"a process crashed: {each}" for each in rig.crashed]
        self.payments = {
            "paid": len(rig.provider.service.paid),
            "requests": len(rig.provider.service.asked),
            "ordered again under the same key": rig.provider.sent_again(),
        }

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"seed {self.seed}, {self.nodes} node(s) of Kafka, guard removed: {self.without or 'none'}",
            f"built in {self.built:.1f} s, faults for {self.broken:.1f} s",
            f"quiet after {self.became_quiet:.1f} s, checked in {self.checked:.1f} s",
            "",
            "fault              times  recovery p50   max",
            *(_fault(kind, self.faults[kind], self.recovery[kind]) for kind in sorted(self.faults)),
            "",
            f"commands: {sum(self.outcomes.values())} sent; {_counted(self.outcomes)}",
            f"refused: {_counted(self.codes)}",
            f"stories: {len(self.stories)}, {_counted(Counter(_reached(story) for story in self.stories))}",
            *(f"  a rule said no: {story.refusal}" for story in self.stories if story.refusal),
            f"payments: {_counted(Counter(self.payments))}",
            f"processes that ended by themselves: {len(self.restarted)}",
            *(f"  {each}" for each in self.restarted[:10]),
            "",
            "checks",
            *self.findings.lines(),
            *(f"  WRONG {each}" for each in self.broke),
            "",
            "all of it holds" if self.ok else f"SOMETHING IS WRONG; what the processes printed lies in {self.kept}",
            f"the same faults again: {self.again}",
        ]


def _fault(kind: str, times: int, took: list[float | None]) -> str:
    known = [each for each in took if each is not None]
    shown = f"{median(known):10.1f} s {max(known):5.1f} s" if known else "     never"
    return f"{kind:<18} {times:5} {shown}"


def _counted(counter: Counter[Any]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counter.most_common()) or "none"


def _reached(story: Story) -> str:
    """The last step that was carried out."""
    return f"as far as {story.steps[-1]}" if story.steps else "registered"
