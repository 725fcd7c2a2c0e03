"""Logs far more than the spool may hold, at all levels in turn."""

import logging
import os
import sys

import app

LEVELS = (logging.DEBUG, logging.INFO, logging.INFO, logging.INFO, logging.WARNING, logging.ERROR)


def main() -> None:
    app.install_handler()
    writer = app.Writer(os.environ["LEDGER"])
    written_bytes, number = 0, 0
    while written_bytes < int(sys.argv[1]):
        writer.write("x" * 1000, LEVELS[number % len(LEVELS)])
        written_bytes += 1100
        number += 1
    print("written", flush=True)
    sys.stdin.read()
    for _ in range(20):
        writer.write()


main()
