"""The desk takes no commands: those of the services go to the services."""
