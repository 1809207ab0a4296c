"""One file a question that the directory answers."""
