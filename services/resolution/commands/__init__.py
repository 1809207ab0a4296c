"""What may be asked of resolution: one command a file."""
