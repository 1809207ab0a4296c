"""Reads across services: worklists, a complaint whole, statistics. It decides nothing and states nothing."""
