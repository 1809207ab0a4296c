"""The services. They meet only in `shared.events`; none imports another."""
