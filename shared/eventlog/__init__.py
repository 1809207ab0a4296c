"""The log that distributes events: one small protocol, kept by Apache Kafka and by an embedded twin in PostgreSQL."""
