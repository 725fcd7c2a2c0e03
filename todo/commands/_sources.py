"""What `todo console` and `todo mcp` answer from."""

import hashlib
from typing import TYPE_CHECKING

from ..config import Settings
from ._logs import Logs

if TYPE_CHECKING:  # without the extra `insights` the commands still load, and say what is missing
    from ..console.sources import Sources

__all__ = ["sources_of"]


def sources_of(logs: Logs, settings: Settings, *, is_indexed: bool) -> "Sources":
    """The logs that the options name, and the load tests and the spool of the settings."""
    from logs_insights import TimeRange

    from ..console.sources import Sources

    always = TimeRange(None, None)
    groups = ", ".join(logs.log_groups)
    files = ", ".join(map(str, logs.files))
    places = (logs.archive.resolve(), *logs.log_groups, *(file.resolve() for file in logs.files))
    name = hashlib.sha256("\0".join(map(str, places)).encode()).hexdigest()[:16]
    return Sources(
        named=f"CloudWatch Logs, {groups}" if logs.on_aws else files or f"{logs.archive}, {groups}",
        options=logs.as_options(),
        is_aws=logs.on_aws,
        ask=logs.ask,
        files=(lambda: logs.found_files(always)) if is_indexed and not logs.on_aws else None,
        index=settings.state_dir / "console" / f"{name}.sqlite",
        loads=settings.state_dir / "load",
        spool=settings.spool_dir,
        log_groups=logs.log_groups if logs.on_aws else (),
    )
