"""How fast it is, beside the fastest that the same machine could do: `make bench`, see docs/benchmarks/README.md."""
