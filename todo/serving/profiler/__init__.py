"""What the threads of a worker do while a load test runs, as log lines that the report finds.

`Profiled` wraps the WSGI app. The first request with an X-Run-ID starts two threads, which end a
few seconds after the last one: one looks at the stacks of the threads that serve (`sampler`), one
at the sessions of the database (`database`). A request by hand is profiled as well when it has the
header, so that one ID can be looked at on demand.
"""

from .wsgi import Profiled

__all__ = ["Profiled"]
