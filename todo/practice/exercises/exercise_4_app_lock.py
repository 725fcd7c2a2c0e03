"""One at a time

`GET /ticket` prints a ticket, and there is only one printer in each worker. Or is there?
"""

import threading
import time

from flask import Flask

from todo import create_app

RATES = {"GET /ticket": 40, "GET /api/v1/todos": 5}


def factory() -> Flask:
    """The app, and its printer."""
    app = create_app()
    printer = threading.Lock()

    @app.get("/ticket")
    def ticket() -> dict[str, bool]:
        with printer:
            time.sleep(0.06)  # the layout, which needs no printer
            printed = True
        return {"printed": printed}

    return app


# For the teacher: what is below is not in the learner's copy.
LAYER = "app_lock"
ROUTE = "GET /ticket"
LEARNED = (
    "A lock of the app makes threads wait for each other as one of the database does, and no"
    " database can tell. Do within it only what needs it."
)
SOLUTION = [
    (
        """        with printer:
            time.sleep(0.06)  # the layout, which needs no printer
            printed = True
""",
        """        time.sleep(0.06)  # the layout, which needs no printer
        with printer:
            printed = True
""",
    )
]
