"""The edge: a gunicorn worker that reads whole requests, bounds its queue and waits for no client.

`worker.EdgeWorker` is what gunicorn runs; `docs/decisions/gunicorn-worker.md` says why it is there.
"""
