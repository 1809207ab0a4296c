"""One file a question of the desk: columns, fold, read, response model."""
