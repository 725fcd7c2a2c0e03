"""`python -m benchmarks.diagnosis`: plants one bottleneck after the other, each alone and beside a
second, smaller one, and grades the verdicts. Exit code 1 when the goal is missed.
"""

import argparse
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from todo.serving.embedded_postgres import EmbeddedPostgres

from .grading import Grade
from .planting import names, planted, report_on

_GOAL = 22 / 24  # of the bottlenecks that are planted
_SECONDS = ("pause", "statement", "computing")


def main() -> int:
    """Run the suite and print a table, line by line, and the grade."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--alone", action="store_true", help="without the smaller ones beside them")
    parser.add_argument("--keep", type=Path, help="keep what was written in this folder")
    options = parser.parse_args()
    state = options.keep or Path(tempfile.mkdtemp(prefix="diagnosis-"))
    started_s = time.monotonic()
    grades: list[Grade] = []
    try:
        with _databases(state) as new_database:
            print(Grade.HEADER)
            for name, second in _planned(options.names or names(), options.alone):
                folder = state / (f"{name}-beside-{second}" if second else name)
                report = report_on(planted(name), folder, new_database(), second=second)
                grade = Grade.of(name, second, report["verdict"], planted(name).module.EXPECTED)
                grades.append(grade)
                print(grade, flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(state, ignore_errors=True)
    print(f"{(time.monotonic() - started_s) / 60:.0f} minutes")
    return _print_total(grades)


def _planned(chosen: list[str], alone: bool) -> Iterator[tuple[str, str | None]]:
    """Each by itself, and each with a smaller one beside it; nothing is beside a control."""
    seconds = itertools.cycle(_SECONDS)
    for name in chosen:
        yield name, None
        if not alone and planted(name).module.EXPECTED.layers:
            yield name, next(seconds)


def _print_total(grades: list[Grade]) -> int:
    named = [grade.is_right for grade in grades if not grade.is_control]
    clean = [grade.is_right for grade in grades if grade.is_control]
    print(f"{sum(named)} of {len(named)} planted bottlenecks were named first")
    print(f"{sum(clean)} of {len(clean)} controls were clean")
    met = sum(named) >= _GOAL * len(named) and all(clean)
    print("goal met" if met else "goal MISSED")
    return 0 if met else 1


@contextmanager
def _databases(state: Path) -> Iterator[Callable[[], str]]:
    """Call it for the URI of a new and empty database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
    server = EmbeddedPostgres(folder / "data")
    server.start()
    numbers = itertools.count(1)
    try:
        yield lambda: server.create_database(f"planted_{next(numbers)}")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
