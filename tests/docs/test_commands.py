"""The commands of the documentation do what it shows."""

import fnmatch
import re
import subprocess
import sys
import time
import tomllib

import pytest

from .reading import PAGES, ROOT, Block, blocks, commands, name, shell_lines

COVERED = tomllib.loads((ROOT / "tests/docs/covered.toml").read_text())["covered"]
PATTERNS = [(pattern, covered) for covered in COVERED for pattern in covered["commands"]]
SHELL_LINES = sorted(
    {line for page in PAGES for block in blocks(page, "sh") for line in shell_lines(block)}
)
IN_THE_BACKGROUND = "In one terminal"
DEFAULT = Block("console", IN_THE_BACKGROUND, "$ todo serve --migrate --ship\n", 0)
# A line that was just written may not have arrived.
WAITS_FOR_LINES = re.compile(r"^(\.venv/bin/)?todo (trace|insights|bottlenecks|ship --status)")
ARRIVES_WITHIN_S = 20
# What differs from run to run, and what it is shown as.
VARIES = [
    (r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT", "TIME"),
    (r"[0-9a-f]{32}", "ID"),
    (r"\d+\.\d+", "N"),
    (r"[▏▎▍▌▋▊▉█·]+", "BAR"),
    (r"\d+ rows?, \d+ of \d+ events? matched", "ROWS matched"),
    (r"[ \t]+", " "),
]
# In a waterfall, where it took long enough for a line of its own.
OWN_TIME = re.compile(r"N ms BAR N ms (application|connecting to the database|COMMIT|ROLLBACK)")


def with_console_blocks():
    return [page for page in PAGES if blocks(page, "console")]


@pytest.mark.parametrize("page", with_console_blocks(), ids=name)
def test_the_commands_do_what_is_shown(page, terminal):
    shown = blocks(page, "console")
    background = [block for block in shown if block.title == IN_THE_BACKGROUND]
    for block in background or [DEFAULT]:
        terminal.start(block)
    for block in shown:
        for command in commands(block) if block not in background else ():
            wanted = shape(command.output)
            printed = terminal.run(command)
            give_up = time.monotonic() + ARRIVES_WITHIN_S
            while (
                WAITS_FOR_LINES.match(command.text)
                and not matches(shape(printed), wanted)
                and time.monotonic() < give_up
            ):
                time.sleep(0.5)
                printed = terminal.run(command)
            assert matches(shape(printed), wanted), differences(page, block, command, printed)


@pytest.mark.parametrize("line", SHELL_LINES)
def test_a_command_that_is_not_run_here_is_covered_elsewhere(line):
    assert any(fnmatch.fnmatchcase(line, literal(pattern)) for pattern, _ in PATTERNS)


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS])
def test_what_is_said_to_be_covered_stands_on_a_page(pattern):
    assert [line for line in SHELL_LINES if fnmatch.fnmatchcase(line, literal(pattern))]


@pytest.mark.parametrize("covered", COVERED, ids=lambda covered: covered["test"])
def test_the_test_that_covers_it_exists(covered):
    path, _, test = covered["test"].partition("::")
    assert f"def {test}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if line.startswith("pip install")])
def test_what_pip_installs_is_a_package_here(line):
    folder, _, extras = line.split()[-1].strip("'").rstrip("]").partition("[")
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    taken = set(filter(None, extras.split(",")))
    assert taken <= set(project.get("optional-dependencies", ()))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name)
def test_its_python_runs(page, tmp_path):
    text = "\n".join(block.text for block in blocks(page, "python"))
    subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=tmp_path, check=True, timeout=60
    )


def shape(text):
    """The lines without what differs from run to run, and without empty ones."""
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not OWN_TIME.fullmatch(line)]


def matches(printed, wanted):
    """Whether the lines are these; `...` is any lines, and in a line any text, as `…` is."""
    pattern = "".join(
        r"(.*\n)*" if line == "..." else re.sub(r"\\\.\\\.\\\.|…", ".*", re.escape(line)) + r"\n"
        for line in wanted
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def literal(pattern):
    """The pattern, in which only `*` means something."""
    return re.sub(r"[\[?]", "[\\g<0>]", pattern)


def differences(page, block, command, printed):
    place = f"{name(page)}:{block.line}: $ {command.text}"
    return f"{place}\nprints\n{printed}\nand the page says\n{command.output}"
