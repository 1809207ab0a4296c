"""Intake answers no fact of another service with one of its own: a reopening only changes what may be decided next."""
