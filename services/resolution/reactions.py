"""Resolution answers no fact of another service with one of its own: every step here is somebody's decision."""
