"""The pages in `docs/` that are made from the code, so that they never say otherwise than it does."""
