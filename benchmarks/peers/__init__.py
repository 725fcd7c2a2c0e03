"""The API as it is written with other frameworks, to be compared with: `make bench-peers`."""
