"""Which of the files a SOURCE means: those of log groups by name, by its start, or by tags."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from ..errors import InsightsError
from ..files import LogFile
from ..language.commands.sources import Source, TagFilter
from ..language.hints import nearest


def selected(
    files: Sequence[LogFile], sources: Sequence[Source]
) -> tuple[list[LogFile], list[str]]:
    """The files that the sources mean, and what the reader should be told. Raises InsightsError for
    a log group that is named and is not there.
    """
    if not sources:
        return list(files), []
    groups = {file.log: file.tags for file in files}
    missing = [name for source in sources for name in source.names if not _any(name, groups)]
    wanted = {
        group
        for source in sources
        for group, tags in groups.items()
        if _is_meant(group, tags, source)
    }
    if (missing or not wanted) and not any(file.group_is_known for file in files):
        return list(files), ["SOURCE names no log group of these files: all of them were read"]
    if missing:
        near = nearest(missing[0], groups)
        known = f"did you mean {near}?" if near else f"there are {', '.join(groups) or 'none'}"
        raise InsightsError(f"there is no log group {missing[0]!r} here; {known}")
    return [file for file in files if file.log in wanted], _only_on_aws(sources)


def _is_meant(group: str, tags: Mapping[str, str], source: Source) -> bool:
    if source.classes and "STANDARD" not in [each.upper() for each in source.classes]:
        return False
    if source.names and not any(_same(name, group) for name in source.names):
        return False
    if source.prefixes and not group.startswith(source.prefixes):
        return False
    return all(_has_tag(tags, wanted) for wanted in source.tags)


def _any(name: str, groups: Iterable[str]) -> bool:
    return any(_same(name, group) for group in groups)


def _same(name: str, group: str) -> bool:
    """An ARN ends with the name; a folder has the last part of it."""
    if name.startswith("arn:"):
        name = name.split(":log-group:", 1)[-1].split(":")[0]
    return group == name or group.strip("/") == name.strip("/")


def _has_tag(tags: Mapping[str, str], wanted: TagFilter) -> bool:
    value = tags.get(wanted.key)
    if value is None:
        return False
    return not wanted.values or any(_fits(value, each) for each in wanted.values)


def _fits(value: str, pattern: str) -> bool:
    if pattern.startswith("!"):
        return not fnmatchcase(value, pattern[1:])
    return fnmatchcase(value, pattern)


def _only_on_aws(sources: Sequence[Source]) -> list[str]:
    if any(source.accounts or source.data_sources for source in sources):
        return ["accounts and data sources are known only to AWS; SOURCE was read without them"]
    return []
