"""What a run depends on besides its script: the code's revision, the settings, the machine."""

import os
import platform
import subprocess

from ..config import Settings

__all__ = ["machine_facts", "revision", "settings_facts"]

_HOSTS_OWN = frozenset({"state_dir", "spool_dir", "archive_dir", "port", "lifeline_fd"})


def revision() -> str:
    """The commit that is checked out here, with a + where files are changed; empty without git."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine_facts() -> dict[str, str]:
    """The machine that k6 runs on."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": str(os.cpu_count() or "?"),
        "python": platform.python_version(),
    }


def settings_facts(settings: Settings) -> dict[str, str]:
    """The settings of the environment in which the load test runs, without secrets and without
    what says only where files are.
    """
    return {
        name: str(value)
        for name, value in settings.model_dump().items()
        if name not in _HOSTS_OWN and "Secret" not in str(Settings.model_fields[name].annotation)
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()
