"""Apache Kafka on this machine without Docker, for development and tests."""
