"""An app of Celery, for a worker and for those who send it tasks. Its broker is in the variable
REDIS_SOCKET.
"""

import logging
import os

from celery import Celery
from celery.exceptions import Ignore, Reject
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log.celery import watch

app = Celery("tests", broker="redis+socket://" + os.environ.get("REDIS_SOCKET", "/nowhere"))
app.conf.broker_connection_retry_on_startup = True
engine = create_engine("sqlite://")
if "REDIS_SOCKET" in os.environ:  # it is the worker
    canonical_log.configure()
watch(canonical_log.Settings(constants={"service": "tasks"}))


@app.task
def add(one, other):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    canonical_log.add_fields(sum=one + other)
    logging.getLogger("own").info("added")
    return one + other


@app.task
def fail():
    raise ValueError("as asked")


@app.task
def end(outcome):
    raise {"ignored": Ignore, "rejected": Reject, "exit": SystemExit}[outcome]()


@app.task(bind=True, default_retry_delay=0)
def fail_once(self):
    if self.request.retries == 0:
        raise self.retry(exc=ValueError("as asked"))


@app.task(bind=True)
def send(self):
    add.apply_async((1, 2), queue=self.request.delivery_info["routing_key"])
