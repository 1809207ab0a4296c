"""Where a guard is taken away, the walk finds what it had prevented: else its silence would show nothing."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from services.resolution.remedy import Option
from services.resolution.state import Resolution
from shared.events.vocabulary import Money
from tests.stateful.walk import opened

_WALKS, _STEPS = 40, 1000


def nothing(*_: Any) -> None:
    """A guard that never says no."""


def nobody(*_: Any) -> frozenset[str]:
    """Nobody who acts is anybody."""
    return frozenset()


def amount_alone(state: Resolution, option: Option, *_: Any) -> Money:
    """What the customer was given besides is forgotten."""
    return option.amount


def satisfied(*_: Any) -> str:
    """Every customer."""
    return "satisfied"


@pytest.mark.parametrize(
    ("guard", "instead", "finding"),
    [
        ("intake.rules.must_be_another", nothing, "N9"),
        ("intake.commands.overturn_judgement.must_be_another", nothing, "N9"),
        ("investigation.commands.assign_investigator._must_be_disinterested", nothing, "N7"),
        ("investigation.commands.accept_findings.must_review", nothing, "N7"),
        ("resolution.commands.approve_remedy.must_be_impartial", nothing, "N3"),
        ("resolution.commands.approve_remedy._refuse_same_hand", nothing, "N3"),
        ("resolution.commands.reconcile_payment._refuse_same_hand", nothing, "N3"),
        ("resolution.authority.sum_of", amount_alone, "overlooks"),
        ("resolution.reactions._against", nothing, "N5"),
        ("callback.rules.must_not_have_handled", nothing, "N8"),
        ("callback.commands.audit_record.acting", nobody, "N8"),
        ("callback.commands.close._outcome", satisfied, "N1"),
        ("callback.commands.close.must_have_no_review", nothing, "N2"),
    ],
)
def test_without_the_guard_the_walk_finds_a_breach(
    monkeypatch: pytest.MonkeyPatch, guard: str, instead: Callable[..., Any], finding: str
) -> None:
    monkeypatch.setattr(f"services.{guard}", instead)
    with pytest.raises(AssertionError, match=finding):
        walk_and_walk()


def walk_and_walk() -> None:
    for seed in range(_WALKS):
        random = Random(seed)
        walk = opened(random)
        for _ in range(_STEPS):
            walk.step(random)
