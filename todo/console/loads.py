"""The load tests that have been run here: a list, their reports, how one goes, and two of them side
by side.
"""

import re
import time
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, send_file

from todo.loadtest.comparison import compare
from todo.loadtest.errors import ReportError
from todo.loadtest.folders import newest_folders, verdict_in
from todo.loadtest.run import Run, read_run

from .progress import Progress
from .runner import Runner

__all__ = ["blueprint_of"]

_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOST = 200
_WATCHED = 4  # runs whose samples are added up at once
_WRITES_WITHIN_S = 15.0  # k6, while it runs
# A report is one file with its styles in it; whatever got into it runs nothing and asks nobody.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)


def blueprint_of(folder: Path, runner: Runner | None) -> Blueprint:
    """The runs in the folder, newest first; a report as it is; how one goes; a comparison. With a
    `runner`, what it can start and has started.
    """
    blueprint = Blueprint("loads", __name__)
    progress_of = lru_cache(_WATCHED)(Progress)

    @blueprint.get("/api/loads")
    def all_runs() -> Response:
        runs = [_described(each) for each in newest_folders(folder)[:_MOST]]
        start = runner.state() if runner else None
        return jsonify({"folder": str(folder), "runs": runs, "start": start})

    @blueprint.get("/api/loads/<run_id>")
    def one_run(run_id: str) -> Response:
        of_run = _of(folder, run_id)
        if not (of_run / "run.json").is_file():
            abort(404, "There is no such run.")
        progress = progress_of(of_run / "samples.csv").look()
        is_ours = runner is not None and runner.runs(run_id)
        return jsonify({"run": _described(of_run), "is_ours": is_ours, "progress": progress})

    @blueprint.get("/report/<run_id>")
    def report(run_id: str) -> Response:
        path = _of(folder, run_id) / "report.html"
        if not path.is_file():
            abort(404, f"There is no report yet: todo report {run_id}")
        response = send_file(path.resolve())
        response.headers["Content-Security-Policy"] = _REPORT_POLICY
        return response

    @blueprint.get("/api/compare")
    def comparison() -> Response:
        before, after = (_of(folder, request.args.get(name, "")) for name in ("before", "after"))
        try:
            found = compare(before, after)
        except ReportError as error:
            abort(400, str(error))
        changes = [asdict(change) for change in found.changes]
        return jsonify({"changes": changes, "facts": found.facts})

    return blueprint


def _of(folder: Path, run_id: str) -> Path:
    if not _RUN_ID.fullmatch(run_id) or run_id in (".", ".."):
        abort(404, "There is no such run.")
    return folder / run_id


def _described(folder: Path) -> dict[str, Any]:
    try:
        run: Run = read_run(folder)
    except ReportError as error:
        return {"run_id": folder.name, "problem": str(error)}
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
    described = {
        "run_id": run.run_id,
        "script": run.script,
        "started_at": run.started_at.isoformat(),
        "seconds": seconds,
        "exit_code": run.exit_code,
        "interrupted": run.interrupted,
        "scale": run.scale,
    }
    return described | {
        "is_running": run.ended_at is None and _is_written(folder / "samples.csv"),
        "verdict": (verdict_in(folder) or {}).get("sentence"),
        "has_report": (folder / "report.html").exists(),
    }


def _is_written(samples: Path) -> bool:
    """Whether k6 has added to its samples a moment ago, which it does each second."""
    try:
        return time.time() - samples.stat().st_mtime < _WRITES_WITHIN_S
    except FileNotFoundError:
        return False
