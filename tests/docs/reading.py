"""The parts of a page that a test looks at."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```([a-z]*)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"console", "hcl", "ini", "javascript", "json", "python", "sh", "sql", "text", "toml"}


@dataclass(frozen=True)
class Block:
    """A fenced block: ```language title="..." """

    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command as it is typed, and what a page says it prints."""

    text: str
    output: str


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[Block]:
    """The page's fenced blocks, or those in these languages."""
    text = page.read_text(encoding="utf-8")
    found = [block_of(match, text) for match in FENCE.finditer(text)]
    return [block for block in found if not languages or block.language in languages]


def block_of(match: re.Match, text: str) -> Block:
    title = re.search(r'title="([^"]*)"', match[3])
    body = re.sub(f"^{match[1]}", "", match[4], flags=re.MULTILINE)
    return Block(match[2], title[1] if title else "", body, text.count("\n", 0, match.start()) + 1)


def commands(block: Block) -> list[Command]:
    """What a console block runs. A command starts with `$ `; the lines below are its output."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), (
        f"line {block.line}: the first line of a console block is a command"
    )
    return [
        Command(command, output.rstrip("\n"))
        for command, _, output in (part.partition("\n") for part in parts[1:])
    ]


def shell_lines(block: Block) -> list[str]:
    """The commands of an sh block, without comments."""
    return [
        line
        for line in (re.sub(r"\s+#.*$|^#.*$", "", line).strip() for line in block.text.splitlines())
        if line
    ]


def code_spans(page: Path) -> list[str]:
    """What stands between single backquotes."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose)
