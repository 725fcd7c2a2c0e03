"""Which logs a command asks, and how: CloudWatch Logs, or the archive on this machine."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..config import Settings

if TYPE_CHECKING:  # without the extra `insights` the commands still load, and say what is missing
    from logs_insights import LogFile, Results, TimeRange

__all__ = ["Asking", "Logs"]


@dataclass(frozen=True)
class Logs:
    """The log group to ask: on AWS, in the archive on this machine, or in files that are named."""

    on_aws: bool
    archive: Path
    log_group: str
    files: tuple[Path, ...] = ()
    more_groups: tuple[str, ...] = ()

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Every group that is asked, where the query does not choose others by SOURCE."""
        return (self.log_group, *self.more_groups)

    def ask(self, text: str, span: "TimeRange") -> "Results":
        """The answer to a query over a range of time. Raises InsightsError."""
        return self._ask_aws(text, span) if self.on_aws else self._ask_files(text, span)

    def as_options(self) -> str:
        """The options with which another command asks the same logs, wherever it is run; empty, or
        with a blank before them.
        """
        if self.on_aws:
            return " --aws" + "".join(
                f" --log-group {shlex.quote(each)}" for each in self.log_groups
            )
        usual: Path = Settings.model_fields["archive_dir"].default
        return "" if self.archive == usual else f" --archive {shlex.quote(str(self.archive))}"

    def found_files(self, span: "TimeRange", text: str | None = None) -> "list[LogFile]":
        """The files that a query about this time reads. Raises InsightsError when there is none."""
        from logs_insights import named_files
        from todo.views.archive import archive_files

        if self.files:
            return named_files(self.files)
        return archive_files(self.archive, self.log_groups, span, text)

    def _ask_files(self, text: str, span: "TimeRange") -> "Results":
        from logs_insights import run_local

        groups = None if self.files else self.log_groups
        return run_local(text, self.found_files(span, text), span, log_groups=groups)

    def _ask_aws(self, text: str, span: "TimeRange") -> "Results":
        from logs_insights import logs_client, run_aws
        from logs_insights.rendering import showing_progress

        chooses = text.lstrip().lower().startswith("source")
        with showing_progress() as show:
            return run_aws(
                logs_client(),
                text,
                log_groups=() if chooses else self.log_groups,
                time_range=span,
                on_progress=show,
            )


@dataclass(frozen=True)
class Asking:
    """Which logs to ask, and about which time."""

    logs: Logs
    span: "TimeRange"

    def ask(self, text: str) -> "Results":
        """The answer to a query. Raises InsightsError."""
        return self.logs.ask(text, self.span)

    def report(self, results: "Results") -> None:
        """Print one line on standard error about what answering took; on AWS with the cost."""
        from logs_insights import cost_usd
        from logs_insights.rendering import statistics_line

        cost = f", about ${cost_usd(results.statistics):.4f}" if self.logs.on_aws else ""
        click.secho(statistics_line(results) + cost, err=True, dim=True)
