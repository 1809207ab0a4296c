"""The command line and the supervisor: the one package that may know several services."""
