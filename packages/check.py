"""`make test-packages`: each library as somebody else would have it, from its wheel, in fresh
environments under var/packages.

For each: the wheel is built; installed alone, and imported; a user's file checked by mypy --strict
and pyright; its tests run with its extras, by every set of versions that it promises.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent
WORK = PACKAGES.parent / "var" / "packages"
TOOLS = Path(sys.executable).parent
USERS_SQLALCHEMY = "2.0.30"
SOME_TESTS_FAILED = 1  # pytest's exit code


@dataclass(frozen=True)
class Library:
    """One package: what it may bring when it is installed alone, and the versions it is tested on.

    `absent` are modules that are not there when it is installed alone, and that importing it does
    not need. `versions` maps a name to requirements that are installed over the tests' own; on the
    oldest, only `oldest_tests` are run if there are any. `processes` is how many run the tests
    side by side.
    """

    name: str
    most_packages: int
    absent: tuple[str, ...]
    extras: str
    versions: dict[str, tuple[str, ...]]
    oldest_tests: tuple[str, ...] = ()
    processes: int = 2

    @property
    def module(self) -> str:
        """The name to import."""
        return self.name.replace("-", "_")

    @property
    def folder(self) -> Path:
        """Where its sources are."""
        return PACKAGES / self.name


LIBRARIES = (
    Library(
        "canonical-log",
        most_packages=4,
        absent=("flask", "sqlalchemy", "gunicorn", "celery", "rq"),
        extras="[flask,sqlalchemy,gunicorn,celery,rq]",
        versions={
            "newest": (),
            "oldest": ("flask==3.0.*", "sqlalchemy==2.0.*", "celery==5.3.*", "rq==2.1.*"),
        },
    ),
    Library(
        "cloudwatch-spool",
        most_packages=10,
        absent=("flask", "sqlalchemy", "canonical_log"),
        extras="",
        versions={"newest": ()},
        processes=3,  # they mostly wait
    ),
    Library(
        "logs-insights",
        most_packages=8,
        absent=("flask", "sqlalchemy", "boto3"),
        extras="[aws]",
        versions={"newest": (), "oldest": ("duckdb==2.0.0", "click==8.1.*", "rich==13.*")},
        oldest_tests=("tests/test_conformance.py", "tests/test_local.py", "tests/test_command.py"),
    ),
)


def main() -> None:
    """Checks the libraries named as arguments, or all; ends with the first failure's exit code."""
    chosen = [library for library in LIBRARIES if library.name in sys.argv[1:] or not sys.argv[1:]]
    if len(chosen) < len(sys.argv[1:]):
        sys.exit(f"Error: the libraries are {', '.join(library.name for library in LIBRARIES)}")
    shutil.rmtree(WORK, ignore_errors=True)
    try:
        for library in chosen:
            check(library, build(library))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def build(library: Library) -> Path:
    """The wheel."""
    say(library, "building the wheel")
    command = ["build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    uv(*command, "--out-dir", WORK, library.folder)
    (wheel,) = WORK.glob(f"{library.module}-*.whl")
    return wheel


def check(library: Library, wheel: Path) -> None:
    """Everything that is promised of one library."""
    alone = environment(library, "alone", wheel)
    brings_little(library, alone)
    for version, requirements in library.versions.items():
        python = environment(library, version, f"{wheel}{library.extras}", *requirements)
        runner = [*test_group(library), "pytest-xdist"]
        uv("pip", "install", "--quiet", "--python", python, *runner, *requirements)
        if version == "newest":
            has_types(library, python)
        runs_its_tests(library, version, python)
    if "sqlalchemy" in library.extras:
        leaves_sqlalchemy_alone(library, wheel)


def environment(library: Library, name: str, *requirements: object) -> Path:
    """The Python of a new environment with these installed."""
    folder = WORK / f"{library.name}-{name}"
    uv("venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, *requirements)
    return python


def brings_little(library: Library, python: Path) -> None:
    """Installed alone it brings few packages, and is imported without its extras."""
    listed = run([TOOLS / "uv", "pip", "list", "--quiet", "--python", python, "--format", "freeze"])
    packages = listed.split()
    say(library, f"alone it is {len(packages)} packages: {' '.join(packages)}")
    assert len(packages) <= library.most_packages, f"at most {library.most_packages} are allowed"
    there = (
        f"import {library.module}, importlib.util as u\n"
        f"found = [name for name in {library.absent!r} if u.find_spec(name)]\n"
        "assert not found, f'{found} came along'"
    )
    run([python, "-c", there])


def has_types(library: Library, python: Path) -> None:
    """A user's file is checked as strictly as can be, by both type checkers."""
    say(library, "mypy --strict and pyright on a user's file")
    file = WORK / f"{library.module}_user.py"
    shutil.copy(library.folder / "tests" / "typed_user.py", file)
    run([TOOLS / "mypy", "--strict", "--config-file=", "--python-executable", python, file])
    run([TOOLS / "pyright", "--pythonpath", python, file])


def runs_its_tests(library: Library, version: str, python: Path) -> None:
    """The tests, the README's example among them, with the wheel instead of the sources."""
    say(library, f"its tests on the {version} versions")
    folder = WORK / f"{library.name}-{version}" / library.name
    folder.mkdir()
    for name in ("tests", "README.md", "CHANGELOG.md", "pyproject.toml"):
        source = library.folder / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder)
    chosen = library.oldest_tests if version == "oldest" else ()
    beside = ["-n", str(library.processes), "--dist", "loadfile"]
    command = [python, "-m", "pytest", "-q", "--no-header", *beside, *chosen]
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode != SOME_TESTS_FAILED:
        done.check_returncode()
        return
    say(library, "FLAKY if this passes: what failed, once more, alone")
    again = ["-n", "0", "--last-failed", "--last-failed-no-failures", "none"]
    subprocess.run([*command, *again], cwd=folder, check=True)


def leaves_sqlalchemy_alone(library: Library, wheel: Path) -> None:
    """Who has an older SQLAlchemy keeps it."""
    python = environment(library, "users", f"sqlalchemy=={USERS_SQLALCHEMY}")
    run([python, "-m", "ensurepip"])
    run([python, "-m", "pip", "install", "--quiet", f"{wheel}{library.extras}"])
    found = run([python, "-c", "import sqlalchemy; print(sqlalchemy.__version__)"]).strip()
    assert found == USERS_SQLALCHEMY, f"installing {library.name} made SQLAlchemy {found}"
    say(library, f"a user's SQLAlchemy {found} stays")


def test_group(library: Library) -> list[str]:
    """How uv is told of the tests' own requirements."""
    return ["--group", f"{library.folder / 'pyproject.toml'}:test"]


def uv(*arguments: object) -> None:
    """Runs uv; in an environment of its own nothing of this project's sources is seen."""
    run([TOOLS / "uv", *arguments])


def run(command: list[object]) -> str:
    """What the command prints on standard output; raises CalledProcessError after showing it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=kept)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        done.check_returncode()
    return done.stdout


def say(library: Library, text: str) -> None:
    """A line of progress."""
    print(f"==> {library.name}: {text}", flush=True)


if __name__ == "__main__":
    main()
