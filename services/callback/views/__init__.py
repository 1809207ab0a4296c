"""One file a view: its columns, its fold, and the questions it answers."""
