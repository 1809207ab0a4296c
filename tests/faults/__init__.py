"""What goes wrong between us and the servers that we stand on, made on purpose."""
