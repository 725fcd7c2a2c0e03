"""The console: requests, logs and load tests in a browser, on this machine only. It writes nothing
but an index of the archive, and starts load tests.
"""
