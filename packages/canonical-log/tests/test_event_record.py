"""The records of events, for the formatters and handlers of others."""

import logging
import multiprocessing
import os

import pytest

from canonical_log import work


@pytest.fixture
def printed():
    """Call it with a format for what a handler of the root logger prints in it of some work."""

    def run(form):
        lines = []

        class Printing(logging.Handler):
            def emit(self, record):
                lines.append(self.format(record))

        handler = Printing()
        handler.setFormatter(logging.Formatter(form))
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            with work("printed"):
                pass
        finally:
            root.removeHandler(handler)
        return lines[-1]

    return run


def test_they_say_which_thread_and_process_wrote_them(printed, captured):
    text = printed("%(process)d %(processName)s %(threadName)s %(thread)d %(message)s")
    assert text.startswith(f"{os.getpid()} MainProcess MainThread ")
    assert text.endswith(" work_finished")


def test_a_forked_process_writes_its_own(printed, captured):
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    printed("%(process)d")
    child = context.Process(target=lambda: answers.put(printed("%(process)d %(processName)s")))
    child.start()
    told = answers.get()
    child.join()
    assert told == f"{child.pid} {child.name}"


def test_they_have_the_fields_of_the_apps_own_factory(printed, captured):
    before = logging.getLogRecordFactory()

    def with_tenant(*arguments, **options):
        record = before(*arguments, **options)
        record.tenant = "acme"
        return record

    logging.setLogRecordFactory(with_tenant)
    try:
        assert printed("%(tenant)s %(message)s") == "acme work_finished"
    finally:
        logging.setLogRecordFactory(before)
    assert "tenant" not in captured("work_finished")[0]
