"""One address for many API processes of every service."""
