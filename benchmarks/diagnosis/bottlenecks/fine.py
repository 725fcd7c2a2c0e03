"""Nothing is wrong: the API at an easy load."""

from planted import Expected, Load, new_app

LOAD = Load({"GET /api/v1/todos": 30, "GET /api/v1/todos/N": 20})
EXPECTED = Expected(())
factory = new_app
