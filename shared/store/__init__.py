"""A service's memory: journal, guards, idempotency, outbox, due, offsets. One database a service."""
