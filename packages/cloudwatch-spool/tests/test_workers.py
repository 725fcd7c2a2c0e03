"""However a gunicorn worker ends, what it has logged arrives."""

import contextlib
import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from .harness import (
    STOCK,
    Audit,
    Delivery,
    Gunicorn,
    gunicorn,
    ledger_ids,
    length,
    load,
    wait_until,
)

WORKERS = ("--workers", str(length(2, 4)))


@contextlib.contextmanager
def asking(server: Gunicorn, path: str) -> Iterator[None]:
    """A request that goes on while the block runs, and may fail."""

    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.get(path)

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    server.kill()
    thread.join()


def finish(delivery: Delivery) -> Audit:
    """What has arrived once the spool is empty."""
    assert delivery.drain() == 0
    assert delivery.stub.get("violations") == []
    return delivery.audit()


def stopped_under_load(delivery: Delivery, *options: str, **environment: str) -> None:
    with gunicorn(delivery, *WORKERS, *options, **environment) as server, load(server):
        time.sleep(length(1.5, 10))
        server.terminate()
        server.wait()


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_a_server_stopped_under_load_loses_nothing(delivery: Delivery, worker: str) -> None:
    shipper = delivery.start_shipper()
    stopped_under_load(
        delivery, "--worker-class", worker, "--threads", "4" if worker == "gthread" else "1"
    )
    shipper.terminate()

    assert shipper.wait(30) == 0
    audit = delivery.audit()
    assert len(audit.accepted) > 100
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)
    assert delivery.stub.get("violations") == []


def request_outlives_the_stop(delivery: Delivery, **environment: str) -> None:
    with (
        gunicorn(delivery, *WORKERS, "--graceful-timeout", "1", **environment) as server,
        asking(server, "/?n=300&sleep=60"),
    ):
        wait_until(lambda: len(ledger_ids(delivery.ledger, "done")) == 300)
        server.terminate()
        server.wait()


def test_a_request_that_outlives_the_stop_loses_nothing(delivery: Delivery) -> None:
    request_outlives_the_stop(delivery)

    audit = finish(delivery)
    assert (len(audit.accepted), *audit.verdict) == (300, 0, 0, 0)


def test_stock_watchtower_loses_the_request_that_outlives_the_stop(delivery: Delivery) -> None:
    # its sender has not had its first second when the worker is killed
    request_outlives_the_stop(delivery, **STOCK, SEND_INTERVAL="60")

    assert delivery.audit().lost


def workers_killed(delivery: Delivery, **environment: str) -> None:
    with gunicorn(delivery, *WORKERS, **environment) as server, load(server):
        deadline = time.monotonic() + length(3, 60)
        while time.monotonic() < deadline:
            time.sleep(length(0.4, 2))
            if children := psutil.Process(server.process.pid).children():
                random.choice(children).kill()
        server.terminate()
        server.wait()


def test_workers_killed_at_random_lose_nothing(delivery: Delivery) -> None:
    shipper = delivery.start_shipper()
    workers_killed(delivery)
    shipper.terminate()
    shipper.wait(30)

    audit = finish(delivery)
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)


def test_stock_watchtower_loses_what_killed_workers_had(delivery: Delivery) -> None:
    workers_killed(delivery, **STOCK)

    assert delivery.audit().lost


def worker_times_out(delivery: Delivery, path: str, **environment: str) -> None:
    with gunicorn(delivery, "--timeout", "2", **environment) as server:
        pid = server.get("/?n=0")
        with asking(server, path):
            wait_until(lambda: not psutil.pid_exists(pid))
            wait_until(lambda: len(ledger_ids(delivery.ledger, "done")) == 300)


@pytest.mark.parametrize(
    "path", ["/?n=300&sleep=60", "/?n=300&stuck=1"], ids=["sleeping", "stuck in C"]
)
def test_a_worker_that_times_out_loses_nothing(delivery: Delivery, path: str) -> None:
    worker_times_out(delivery, path)

    audit = finish(delivery)
    assert (len(audit.accepted), *audit.verdict) == (300, 0, 0, 0)


def test_stock_watchtower_loses_what_a_stuck_worker_had(delivery: Delivery) -> None:
    worker_times_out(delivery, "/?n=300&stuck=1", **STOCK, SEND_INTERVAL="60")

    assert delivery.audit().lost


def all_workers_killed(delivery: Delivery, **environment: str) -> None:
    with gunicorn(delivery, *WORKERS, **environment) as server, load(server):
        time.sleep(length(1.5, 10))
        os.killpg(server.process.pid, signal.SIGKILL)
        server.wait()


def test_everything_killed_at_once_loses_nothing(delivery: Delivery) -> None:
    shipper = delivery.start_shipper()
    all_workers_killed(delivery)
    shipper.kill()
    shipper.wait()

    audit = finish(delivery)
    assert audit.verdict == (0, 0, 0)
    assert audit.duplicates <= max(call.get("accepted", 0) for call in delivery.stub.puts())


def test_stock_watchtower_loses_events_when_everything_is_killed(delivery: Delivery) -> None:
    all_workers_killed(delivery, **STOCK)

    assert delivery.audit().lost


def forked_after_logging(delivery: Delivery, **environment: str) -> None:
    options = ("--workers", "8", "--preload")
    with gunicorn(delivery, *options, LOG_BEFORE_FORK="1", **environment) as server, load(server):
        time.sleep(length(1.5, 10))
        server.terminate()
        server.wait()


def test_workers_forked_from_a_parent_that_has_logged_share_nothing(delivery: Delivery) -> None:
    shipper = delivery.start_shipper()
    forked_after_logging(delivery)
    shipper.terminate()

    assert shipper.wait(30) == 0
    audit = delivery.audit()
    assert (*audit.verdict, audit.duplicates) == (0, 0, 0, 0)
    assert not [call for call in delivery.stub.get("calls") if call["outcome"] == "garbled"]


def test_stock_watchtower_shares_a_connection_between_forked_workers(delivery: Delivery) -> None:
    forked_after_logging(delivery, **STOCK)

    writers: dict[int, set[str]] = {}
    for call in delivery.stub.puts():
        writers.setdefault(call["connection"], set()).update(call.get("writers", ()))
    is_garbled = any(call["outcome"] == "garbled" for call in delivery.stub.get("calls"))
    assert is_garbled or max(map(len, writers.values())) > 1
