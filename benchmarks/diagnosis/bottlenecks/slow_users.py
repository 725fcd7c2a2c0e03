"""The load test has too few users for the rate that it is to send."""

from planted import Expected, Load, new_app

LOAD = Load({"GET /api/v1/todos": 60}, users=4, pause_s=0.4)
EXPECTED = Expected(("client",))
factory = new_app
