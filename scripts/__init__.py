"""The tools behind `./run` and `./test`."""
