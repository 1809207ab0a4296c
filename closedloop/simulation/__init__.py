"""People of all roles working complaints through the HTTP APIs on a moved clock; the same seed tells the same story."""
