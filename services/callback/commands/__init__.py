"""One file a command: its model, its path, who may, and what it decides."""
