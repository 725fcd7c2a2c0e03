"""Every figure that the documentation claims, as a command: `python -m benchmarks.NAME`."""
