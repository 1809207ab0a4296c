"""What resolution can be asked: one question a file."""
