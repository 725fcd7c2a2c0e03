"""The files that a local query reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import InsightsError


@dataclass(frozen=True)
class LogFile:
    """A file of events, one a line, with the log group (`log`) and the log stream that they belong
    to: what the query sees as `@log` and `@logStream`, and what its SOURCE chooses by. `tags` are
    those of the group.

    A name that ends in `.gz` is read as gzip. `group_is_known` is False where the group is only
    guessed from the file's place: then a SOURCE that names another does not leave the file out.
    """

    path: Path
    log: str
    stream: str
    tags: Mapping[str, str] = field(default_factory=dict)
    group_is_known: bool = True

    @property
    def is_compressed(self) -> bool:
        """Whether it is a gzip file."""
        return self.path.suffix == ".gz"


def named_files(paths: Iterable[Path | str]) -> list[LogFile]:
    """Files given by name: each is a log stream of its own, of the group that its folder names.

    Raises InsightsError for a file that does not exist.
    """
    files = [
        LogFile(path, path.resolve().parent.name, path.name, group_is_known=False)
        for path in map(Path, paths)
    ]
    for file in files:
        if not file.path.is_file():
            raise InsightsError(f"there is no file {file.path}")
    return files
