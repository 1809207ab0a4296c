"""The directory: who works here, whom they report to, and up to which amount whom may approve."""
