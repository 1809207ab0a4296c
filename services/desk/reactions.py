"""The desk states nothing, so it answers no fact."""
