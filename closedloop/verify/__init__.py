"""Proof that log, stores and views agree: by a slow path of its own that shares no folding code with the live one."""
