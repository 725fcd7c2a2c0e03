"""`todo load`: a load test, and its report."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ..config import Settings
from ..loadtest.errors import LoadError
from ..loadtest.here import Here
from ..loadtest.k6 import why_ended
from ..loadtest.machine import revision, settings_facts
from ..loadtest.machines import Machines
from ..loadtest.on_docker import K6_IMAGE, Containers
from ..loadtest.run import Run, new_folder, write_run
from ..loadtest.target import require_up, seed
from ..serving.lifeline import end_at_the_close_of
from ._settings import current_settings, server_of

__all__ = ["command"]

SEEDED = 400
_SPOOL_EMPTY_WITHIN_S = 10.0
_ENDS_WITHIN_S = 15.0
_FACTOR = click.FloatRange(min=0, min_open=True)


@click.command("load")
@click.argument("script", default="planners-and-studiers")
@click.option(
    "--endpoint",
    default=lambda: server_of(current_settings()),
    show_default="the server that runs in this folder",
    help="The server's base URL.",
)
@click.option(
    "--scale",
    type=_FACTOR,
    default=1.0,
    show_default=True,
    help="How many times the script's users and rates.",
)
@click.option(
    "--speed",
    type=_FACTOR,
    default=1.0,
    show_default=True,
    help="How many times faster than written its clock runs.",
)
@click.option("--seed/--no-seed", "is_seeded", default=False, help=f"Make {SEEDED} todos first.")
@click.option(
    "--on",
    "where",
    type=click.Choice(["here", "docker", "fargate"]),
    default="here",
    show_default=True,
    help="Where k6 runs: on this machine, in containers of its Docker engine, or in tasks of AWS.",
)
@click.option(
    "--machines",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many of them share the load, with --on docker or fargate.",
)
@click.option(
    "--image",
    default=K6_IMAGE,
    show_default=True,
    help="The image of --on docker, whose entry point is k6.",
)
@click.option(
    "--stack",
    default="taskoverflow-load",
    show_default=True,
    help="The name in terraform/load of the stack for --on fargate.",
)
@click.option(
    "--aws/--local", "on_aws", default=False, help="Where the report finds the log lines."
)
def command(
    script: str,
    endpoint: str,
    scale: float,
    speed: float,
    is_seeded: bool,
    where: str,
    machines: int,
    image: str,
    stack: str,
    on_aws: bool,
) -> None:
    """Run a k6 script against TaskOverflow and report on it.

    SCRIPT is a name in the folder k6, or any script's file; its __ENV.ENDPOINT is the server.
    Samples, summary, dashboard and report are kept in
    TODO_STATE_DIR/load/RUN_ID. The exit code is k6's: 0, or 99 when a threshold broke. Ctrl-C ends
    the test early and keeps what there is.
    """
    if machines > 1 and where == "here":
        raise click.UsageError("--machines goes with --on docker or fargate: here is one machine")
    settings = current_settings()
    if settings.lifeline_fd is not None:
        end_at_the_close_of(settings.lifeline_fd, within_s=_ENDS_WITHIN_S)
    with _explained():
        path = _script(script)
        k6 = Here() if where == "here" else _machines(where, machines, image, stack)
        require_up(endpoint)
        folder = new_folder(settings.state_dir / "load", path.stem)
        run_id = folder.name
        if is_seeded:
            key = settings.api_key.get_secret_value() if settings.api_key else None
            seed(endpoint, SEEDED, _show_seeding, key)
        run = Run(
            run_id=run_id,
            script=path.stem,
            endpoint=endpoint,
            scale=scale,
            k6_version=k6.version(),
            seeded=SEEDED * is_seeded,
            started_at=datetime.now(UTC),
            log_group=settings.log_group,
            revision=revision(),
            settings=settings_facts(settings),
            machine=k6.facts(),
        )
        write_run(folder, run)
        click.echo(f"run {run_id}, kept in {folder}", err=True)
        variables = {
            "ENDPOINT": endpoint,
            "RUN_ID": run_id,
            "SCALE": str(scale),
            "SPEED": str(speed),
        }
        ended = k6.run(path, folder, variables)
        write_run(folder, run.model_copy(update={"ended_at": datetime.now(UTC), **vars(ended)}))
        if reason := why_ended(ended.exit_code):
            click.echo(f"k6 ended with {ended.exit_code}: {reason}", err=True)
        for machine in ended.load_machines:
            if machine.problem:
                click.echo(f"{machine.name}: {machine.problem}", err=True)
        _wait_for_shipper(settings)
        subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "todo.cli", "report", run_id, *(["--aws"] if on_aws else [])],
            check=False,
        )
        sys.exit(ended.exit_code)


def _machines(where: str, machines: int, image: str, stack: str) -> Machines:
    if where == "docker":
        return Containers(image, machines)
    from ..loadtest.fargate import FargateTasks  # needs boto3, which takes its time

    return FargateTasks(stack, machines, lambda said: click.echo(said, err=True))


def _script(given: str) -> Path:
    path = Path(given) if given.endswith(".js") else Path("k6") / f"{given}.js"
    if path.is_file():
        return path
    names = (
        ", ".join(sorted(found.stem for found in Path("k6").glob("*.js")))
        or "none: there is no folder k6 here"
    )
    raise LoadError(f"there is no script {path}; in the folder k6 are {names}")


def _show_seeding(number: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[Kmaking todos: {number} of {SEEDED}", nl=number == SEEDED, err=True)
    elif number == SEEDED:
        click.echo(f"{SEEDED} todos made", err=True)


def _wait_for_shipper(settings: Settings) -> None:
    """Until nothing waits in the spool on this host, if there is one; the report waits for more."""
    import cloudwatch_spool

    give_up = time.monotonic() + _SPOOL_EMPTY_WITHIN_S
    while cloudwatch_spool.status(settings.spool_dir).backlog.events:
        if time.monotonic() > give_up:
            click.echo("log lines still wait in the spool; the report may miss them", err=True)
            return
        time.sleep(0.1)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except LoadError as error:
        raise click.ClickException(str(error)) from None
