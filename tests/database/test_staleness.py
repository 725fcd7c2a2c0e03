"""No answer misses what was committed before it was asked for, and none is of two minds: with
several processes that write and read, through rollbacks, restarts and `kill -9`.
`make test-faults` does it for minutes.
"""

import os
import random
import signal
import threading
import time
from collections import Counter

import psutil
import psycopg2
import pytest
import requests

TODOS = "/api/v1/todos?limit=1000"
FAULTS = ["restart", "backend", "worker", "immediate"]
ROUNDS = 12 if os.environ.get("FAULT_TESTS") == "full" else 1
READS = 60  # before each fault
WRITERS = ("a", "b", "c")
ROWS_EACH = 20
WITHIN_S = 60
ROLLED_BACK = "rolled back"


class History:
    """What each writer has committed, and what the readers found wrong with what they read."""

    def __init__(self):
        self.committed = dict.fromkeys(WRITERS, 0)
        self.seen = Counter()
        self.wrong = []
        self.stop = threading.Event()

    def check(self, before, todos):
        """`before` is what was committed when the todos were asked for."""
        for writer, number in before.items():
            titles = {todo["title"] for todo in todos if todo["description"] == writer}
            if len(titles) != 1 or ROLLED_BACK in titles:
                self.wrong.append(f"{writer}: torn or never committed: {titles}")
            elif int(*titles) < number:
                self.wrong.append(f"{writer}: {titles} was read after {number} was committed")


def write(uri, writer, history, seed):
    """Gives all rows of the writer one new title after the other, and takes some of them back."""
    source, number, connection = random.Random(seed), 0, None
    while not history.stop.is_set():
        try:
            connection = connection or psycopg2.connect(uri)
            number += 1
            is_kept = source.random() < 0.7
            title = str(number) if is_kept else ROLLED_BACK
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE todos SET title = %s WHERE description = %s", (title, writer)
                )
            if is_kept:
                connection.commit()
                history.committed[writer] = number
            else:
                connection.rollback()
        except psycopg2.Error:  # nobody knows then whether it was committed
            connection = None
        history.stop.wait(source.random() / 30)


def read(url, history):
    while not history.stop.is_set():
        before = dict(history.committed)
        try:
            response = requests.get(url + TODOS, timeout=30)
        except requests.RequestException:
            continue  # of the worker that was killed
        history.seen[response.status_code] += 1
        if response.status_code == 200:
            history.check(before, response.json())


def backend_of(postgres):
    """A process of PostgreSQL's that serves the app."""
    connection = psycopg2.connect(postgres.get_uri())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'taskoverflow' LIMIT 1"
        )
        (pid,) = cursor.fetchone()
    connection.close()
    return pid


def do(fault, postgres, server):
    if fault == "backend":  # after which PostgreSQL starts all others anew
        os.kill(backend_of(postgres), signal.SIGKILL)
    elif fault == "worker":
        workers = psutil.Process(server.process.pid).children(recursive=True)
        random.choice([worker for worker in workers if not worker.children()]).kill()
    else:
        number = signal.SIGINT if fault == "restart" else signal.SIGQUIT
        postgres._process().send_signal(number)
        give_up = time.monotonic() + WITHIN_S
        while postgres.is_running() and time.monotonic() < give_up:
            time.sleep(0.02)
        postgres.start()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_read_misses_a_committed_write(own_postgres, serve, execute, wait_until, seed):
    uri = own_postgres.get_uri()
    for writer in WRITERS:
        execute(
            uri,
            "INSERT INTO todos (title, description, created_at, updated_at)"
            " SELECT '0', %s, now(), now() FROM generate_series(1, %s)",
            writer,
            ROWS_EACH,
        )
    history = History()
    with serve(SQLALCHEMY_DATABASE_URI=uri) as server:
        threads = [
            threading.Thread(target=write, args=(uri, writer, history, f"{seed}{writer}"))
            for writer in WRITERS
        ] + [threading.Thread(target=read, args=(server.url, history)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for fault in [*FAULTS, None]:
                wanted = history.seen[200] + READS
                wait_until(lambda: history.seen[200] >= wanted or history.wrong, within_s=WITHIN_S)  # noqa: B023
                if fault:
                    do(fault, own_postgres, server)
        finally:
            history.stop.set()
            for thread in threads:
                thread.join()
        output = server.output.read_text()
    said = {word: output.count(f'"cache":"{word}"') for word in ("hit", "miss")}
    assert not history.wrong, history.wrong[:5]
    assert set(history.seen) <= {200, 503}
    assert min(said.values()) > READS / 4, said
    assert min(history.committed.values()) > 10, history.committed
