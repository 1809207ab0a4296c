"""How the facts of each service change the row of a complaint, one file a service."""
