"""Projections: events replayed into tables that answer one question each."""
