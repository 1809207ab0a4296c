"""Proof that a history is whole: hash chains now, and what is built on them."""
