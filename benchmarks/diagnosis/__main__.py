"""`python -m benchmarks.diagnosis`: plants one bottleneck after the other, each alone and beside a
second, smaller one, and grades the verdicts. Exit code 1 when the goal is missed.
"""

import argparse
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from todo.serving.embedded_postgres import EmbeddedPostgres

from .grading import wrong_in
from .planting import names, planted, verdict_on

_GOAL = 22 / 24  # of the bottlenecks that are planted
_SECONDS = ("pause", "statement", "computing")


def main() -> int:
    """Run the suite and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--alone", action="store_true", help="without the smaller ones beside them")
    parser.add_argument("--keep", type=Path, help="keep what was written in this folder")
    options = parser.parse_args()
    state = options.keep or Path(tempfile.mkdtemp(prefix="diagnosis-"))
    seconds = itertools.cycle(_SECONDS)
    grades: list[tuple[str, bool, bool]] = []
    try:
        with _databases(state) as new_database:
            for name in options.names or names():
                bottleneck = planted(name)
                expected = bottleneck.module.EXPECTED
                is_control = not expected.layers
                for second in [None] if options.alone or is_control else [None, next(seconds)]:
                    folder = state / (f"{name}-beside-{second}" if second else name)
                    verdict = verdict_on(bottleneck, folder, new_database(), second=second)
                    wrong = wrong_in(verdict, expected)
                    grades.append((folder.name, not wrong, is_control))
                    print(f"{'ok   ' if not wrong else 'WRONG'} {folder.name}: {'; '.join(wrong)}")
                    print(f"      {verdict['sentence']}", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(state, ignore_errors=True)
    return _print_total(grades)


def _print_total(grades: list[tuple[str, bool, bool]]) -> int:
    planted_ = [ok for _, ok, is_control in grades if not is_control]
    controls = [ok for _, ok, is_control in grades if is_control]
    print(json.dumps({"planted": len(planted_), "named_first": sum(planted_)}))
    print(json.dumps({"controls": len(controls), "clean": sum(controls)}))
    met = sum(planted_) >= _GOAL * len(planted_) and all(controls)
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
