"""Back-ups of one installation: taken while it runs, checked without restoring, restored, and made to agree again."""
