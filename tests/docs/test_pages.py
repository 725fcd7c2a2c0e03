"""What the documentation names exists, and what it copies from the code is the code's."""

import itertools
import re
import shlex

import click
import pytest

from docs.tables import BLOCK, TABLES, rendered
from todo.cli import todo

from .reading import LANGUAGES, PAGES, ROOT, blocks, code_spans, commands, name, shell_lines

MAKEFILE = (ROOT / "Makefile").read_text()
# A name with one of these in front is a file or a folder of this repository.
FOLDERS = "benchmarks|containers|docs|k6|packages|terraform|tests|todo|\\.ci"
every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_its_tables_are_what_the_code_has(page):
    assert page.read_text() == rendered(page.read_text()), "make docs-tables writes them again"


@pytest.mark.parametrize("table", TABLES)
def test_each_table_stands_on_a_page(table):
    assert any(table in [found[2] for found in BLOCK.finditer(page.read_text())] for page in PAGES)


@every_page
def test_it_has_one_title(page):
    titles = re.findall(r"^# ", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.M)
    assert len(titles) == 1
    assert page.read_text().startswith("# ")


@every_page
def test_its_blocks_are_in_a_language_that_some_test_knows(page):
    assert {block.language for block in blocks(page)} <= LANGUAGES


@every_page
def test_a_command_and_its_output_stand_in_a_console_block(page):
    assert [block.line for block in blocks(page, "text", "sh") if "$ " in block.text[:2]] == []


@every_page
def test_the_make_targets_that_it_names_exist(page):
    named = {line.split()[1] for line in typed(page) if re.match(r"make [a-z]", line)}
    assert {
        target for target in named if not re.search(rf"^({target}|.* {target})[ :]", MAKEFILE, re.M)
    } == set()


@every_page
def test_the_todo_commands_and_options_that_it_names_exist(page):
    assert [line for line in typed(page) if unknown(line)] == []


@every_page
def test_the_files_that_it_names_exist(page):
    named = {
        span.partition(":")[0]
        for span in code_spans(page)
        if re.fullmatch(rf"({FOLDERS})/[\w./-]*", span) or re.fullmatch(r"[A-Z]\w+\.md", span)
    }
    assert {path for path in named if not (ROOT / path).exists()} == set()


def typed(page):
    """What a reader could type: in prose, in console and sh blocks."""
    lines = code_spans(page)
    for block in blocks(page, "sh"):
        lines += shell_lines(block)
    for block in blocks(page, "console"):
        lines += [command.text for command in commands(block)]
    return [line.removeprefix(".venv/bin/") for line in lines]


def unknown(line):
    """What `todo` would not take of this line; "" when it takes all of it."""
    without_settings = re.sub(r"^([A-Z_0-9]+=\S+ )+", "", line)
    if not without_settings.startswith("todo ") or "NAME" in line:
        return ""
    words = shlex.split(without_settings, comments=True)[1:]
    words = list(itertools.takewhile(lambda word: not re.match(r"[|;&>]|2>", word), words))
    group, context = todo, click.Context(todo)
    while words and isinstance(group, click.Group):
        word = words.pop(0)
        if word.startswith("-"):
            return "" if word in options(group) else word
        group = group.get_command(context, word)
        if group is None:
            return word
    named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return ", ".join(named - options(group))


def options(command):
    taken = [
        option
        for parameter in command.params
        for option in parameter.opts + parameter.secondary_opts
    ]
    return {*taken, "--help", "-h"}
