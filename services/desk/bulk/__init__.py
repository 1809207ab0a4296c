"""One file an act over many cases: which they are, and which command each takes."""
