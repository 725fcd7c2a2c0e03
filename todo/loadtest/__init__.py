"""Load tests: k6 run against a server, and what it found joined with the log lines of the same
requests.

Running one needs `run`, `k6` and `target`; reporting on one needs `report`, `page` and `terminal`,
and with them the extra `insights`.
"""
