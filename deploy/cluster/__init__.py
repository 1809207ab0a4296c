"""The whole system as a cluster on this machine: Apache Kafka, PostgreSQL, and every service as separate processes."""
