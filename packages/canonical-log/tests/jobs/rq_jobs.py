"""Jobs for RQ, and what a worker's process runs: `python rq_jobs.py SOCKET WORKER_CLASS`."""

import logging
import sys

import redis
import rq
from sqlalchemy import create_engine, text

import canonical_log
from canonical_log.rq import Job

engine = create_engine("sqlite://")
canonical_log_settings = canonical_log.Settings(constants={"service": "jobs"})


class OwnJob(Job):
    canonical_log_settings = canonical_log_settings


def add(one, other):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    canonical_log.add_fields(sum=one + other)
    logging.getLogger("own").info("added")
    return one + other


async def add_later(one, other):
    return add(one, other)


def fail():
    raise ValueError("as asked")


def ask_again():
    return rq.Retry(max=1)


def main(socket, worker_class):
    canonical_log.configure()
    connection = redis.Redis(unix_socket_path=socket)
    worker = getattr(rq, worker_class)(["default"], connection=connection, job_class=OwnJob)
    worker.work(burst=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
