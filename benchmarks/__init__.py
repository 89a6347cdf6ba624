"""The benchmarks: one folder a question. See benchmarks/README.md."""
