"""The HTTP edge: routes made from commands and questions, and all that every route has in common."""
