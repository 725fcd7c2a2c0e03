"""What the answers of the logs are drawn from: traces, waterfalls, rankings, and the queries that
ship.
"""
