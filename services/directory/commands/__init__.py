"""One file a command of the directory."""
