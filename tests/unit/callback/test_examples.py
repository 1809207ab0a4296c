"""The body that the documentation of each command shows can be sent as it is."""

import pytest

from shared.decide import Command
from shared.decide.command import SYSTEM_ACTOR
from tests.unit.callback.examples import COMPLAINT, NOW, SERVICE


@pytest.mark.parametrize("command", SERVICE.handlers, ids=lambda command: command.__name__)
def test_a_newcomer_can_send_the_example(command: type[Command]) -> None:
    assert "example" in vars(command)
    command.model_validate(command.example | {"actor": SYSTEM_ACTOR, "at": NOW, "complaint_id": COMPLAINT})
