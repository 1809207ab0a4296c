"""How Closedloop is run: containers, clusters, and brokers for development."""
