"""One file a question that intake answers."""
