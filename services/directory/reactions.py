"""The directory learns nothing from other services, so it answers no fact of theirs."""
