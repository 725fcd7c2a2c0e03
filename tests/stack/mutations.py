"""`make test-terraform-mutations` breaks the stack by each fault of faults.toml in turn, and
counts how many the tests of this folder and `terraform test` notice, or for a fault of
terraform/load or terraform/scripts the tests of these.
"""

import argparse
import io
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from provider import one_provider

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOAL = 0.95
TESTS = {  # by the folder in terraform/
    "": HERE,
    "load": ROOT / "tests" / "load_stack",
    "scripts": ROOT / "tests" / "terraform",
}
BESIDE = (  # what terraform/ reads
    *("todo", "packages", "containers", ".venv", "credentials.example", "Dockerfile"),
    *("requirements.lock", "requirements-dev.lock", "pyproject.toml", "README.md", "LICENSE"),
)
IMPORTED = [  # by the tests, or by what they call
    *("__main__", "alembic", "cryptography.x509", "todo.api.flask_app", "todo.cli", "todo.views"),
    *("todo.commands.db", "todo.commands.serve", "todo.commands.ship", "todo.migrations.migrate"),
]
RED = re.compile(r'^(?:FAILED|ERROR) \S*?/(test_\S+)|^ *run "(\w+)"\.\.\. .*fail', re.M)
Fault = dict[str, str]


def main() -> int:
    """Exit code 0 when at least GOAL of the faults were noticed, else 1, and which were not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="try each N-th fault only"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    faults = tomllib.loads((HERE / "faults.toml").read_text())["fault"][:: given.every]
    began, missed = time.monotonic(), []
    with one_provider():
        results = tried([None, *faults], given.processes)
        if found := next(results):
            sys.exit(f"The stack is red without a fault: {found}")
        for number, (fault, found) in enumerate(zip(faults, results, strict=True), 1):
            if not found:
                missed.append(fault)
            where = f"{fault['file']}: {' '.join(fault['find'].split())[:60]}"
            print(f"{number:3}/{len(faults)}  {where:80}  {found or 'NOT NOTICED'}", flush=True)
    share = 1 - len(missed) / len(faults)
    print(
        f"{len(faults) - len(missed)} of {len(faults)} faults were noticed ({share:.1%}), goal "
        f"{GOAL:.0%}; it took {(time.monotonic() - began) / 60:.1f} minutes"
    )
    for fault in missed:
        print(f"NOT NOTICED {fault['file']}\n  {fault['find']}\n  -> {fault['replace']}")
    return int(share < GOAL)


def tried(faults: list[Fault | None], processes: int) -> Iterator[str]:
    """What noticed each, in turn. Each is tried in a process of its own, which has what the tests
    import from the one that it is forked of.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1) as pool:
        yield from pool.map(noticed, faults)


def noticed(fault: Fault | None) -> str:
    """What went red first, or nothing. None is the stack as it is."""
    with tempfile.TemporaryDirectory(prefix="stack-") as name:
        folder = Path(name) / "terraform"
        shutil.copytree(
            ROOT / "terraform",
            folder,
            ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "__*"),
        )
        for beside in BESIDE:
            (Path(name) / beside).symlink_to(ROOT / beside)
        if not fault:
            reds = (red_test(folder, tests) for tests in TESTS.values())
            return next(filter(None, reds), "") or red_run(folder)
        file = folder / fault["file"]
        text = file.read_text()
        assert text.count(fault["find"]) == 1, f"not once in {file.name}: {fault['find']}"
        file.write_text(text.replace(fault["find"], fault["replace"]))
        part, _, name = fault["file"].rpartition("/")
        if part:
            return red_test(folder, TESTS[part])
        if name == "variables.tf":  # most of it is what a plan refuses
            return red_run(folder, "variables") or red_test(folder, HERE) or red_run(folder)
        return red_test(folder, HERE) or red_run(folder)


def red_test(folder: Path, tests: Path) -> str:
    """The first of the tests that is red on a copy of the stack, or nothing."""
    os.environ |= {"STACK_FOLDER": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    arguments = ["-qx", "--tb=no", "-p", "no:cacheprovider", f"--confcutdir={tests}", str(tests)]
    arguments += ["--ignore-glob=*/test_apply.py"]  # it needs a server and moto
    with redirect_stdout(said := io.StringIO()):
        code = pytest.main(arguments)
    return first_red(said.getvalue()) if code else ""


def red_run(folder: Path, *files: str) -> str:
    """The first run of `terraform test` that is red on a copy of the stack, or nothing."""
    done = subprocess.run(
        ["terraform", f"-chdir={folder}", "test", "-no-color"]
        + [f"-filter=tests/{name}.tftest.hcl" for name in files],
        env=os.environ | {"TF_DATA_DIR": str(ROOT / "terraform" / ".terraform"), "GOGC": "400"},
        capture_output=True,
        text=True,
    )
    return f"terraform test: {first_red(done.stdout)}" if done.returncode else ""


def first_red(said: str) -> str:
    """The name of what failed first."""
    found = RED.search(said)
    return (found[1] or found[2]) if found else said[-200:]


if __name__ == "__main__":
    sys.exit(main())
