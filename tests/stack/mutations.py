"""`make test-terraform-mutations` breaks the stack by each fault of faults.toml in turn, and
counts how many `terraform validate`, the tests of this folder and `terraform test` notice.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOAL = 0.95
BESIDE = ("todo", "packages", ".venv", "Dockerfile", "pyproject.toml")  # what terraform/ reads


def main() -> int:
    """Exit code 0 when at least GOAL of the faults were noticed, else 1, and which were not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="try each N-th fault only"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    faults = tomllib.loads((HERE / "faults.toml").read_text())["fault"][:: given.every]
    missed = []
    with ThreadPoolExecutor(given.processes) as pool:
        results = zip(faults, pool.map(noticed, faults), strict=True)
        for number, (fault, notice) in enumerate(results, 1):
            if notice is None:
                missed.append(fault)
            where = f"{fault['file']}: {fault['find'].splitlines()[0].strip()[:60]}"
            print(f"{number:3}/{len(faults)}  {notice or 'NOT NOTICED':16} {where}", flush=True)
    share = 1 - len(missed) / len(faults)
    noticed_share = f"{len(faults) - len(missed)} of {len(faults)} faults were noticed"
    print(f"{noticed_share} ({share:.0%}), goal {GOAL:.0%}")
    for fault in missed:
        print(f"NOT NOTICED {fault['file']}\n  {fault['find']}\n  -> {fault['replace']}")
    return int(share < GOAL)


def noticed(fault: dict[str, str]) -> str | None:
    """What went red, or None."""
    with tempfile.TemporaryDirectory(prefix="stack-") as name:
        folder = Path(name) / "terraform"
        shutil.copytree(
            ROOT / "terraform",
            folder,
            ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "__*"),
        )
        for beside in BESIDE:
            (Path(name) / beside).symlink_to(ROOT / beside)
        file = folder / fault["file"]
        text = file.read_text()
        assert text.count(fault["find"]) == 1, f"{fault['file']} has it not once: {fault['find']}"
        file.write_text(text.replace(fault["find"], fault["replace"]))
        return next((what for what, command in checks(folder) if is_red(command, folder)), None)


def checks(folder: Path) -> list[tuple[str, list[str]]]:
    """The commands that should go red, the quickest first."""
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        str(HERE),
    ]
    return [
        ("validate", ["terraform", f"-chdir={folder}", "validate"]),
        ("tests/stack", pytest),
        ("terraform test", ["terraform", f"-chdir={folder}", "test"]),
    ]


def is_red(command: list[str], folder: Path) -> bool:
    """Whether the command fails."""
    environment = os.environ | {
        "STACK_FOLDER": str(folder),
        "TF_DATA_DIR": str(ROOT / "terraform" / ".terraform"),
    }
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
