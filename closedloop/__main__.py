"""`python -m closedloop`."""

from closedloop.main import app

app()
