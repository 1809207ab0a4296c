"""One file a command of intake."""
