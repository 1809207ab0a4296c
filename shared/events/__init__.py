"""The published language: every fact that services tell each other, and the envelope it travels in."""
