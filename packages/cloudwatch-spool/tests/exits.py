"""Logs through all that closes handlers: dictConfig, shutdown, close, and the process's end."""

import atexit
import logging.config
import os
import threading

import app

KEEP_LOGGER = {"version": 1, "disable_existing_loggers": False}


def main() -> None:
    app.install_handler()
    writer = app.Writer(os.environ["LEDGER"])
    atexit.register(lambda: write(writer))
    write(writer)
    logging.config.dictConfig(KEEP_LOGGER)
    logging.config.dictConfig(KEEP_LOGGER)
    write(writer)
    logging.shutdown()
    write(writer)
    app.LOGGER.handlers[0].close()
    thread = threading.Thread(target=write, args=(writer,))
    thread.start()


def write(writer: app.Writer) -> None:
    for _ in range(100):
        writer.write()


main()
