"""The page at /: the todos, for people. It calls the API as any client does."""

from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory

__all__ = ["CONSOLE_PORT", "blueprint"]

blueprint = Blueprint("page", __name__)

CONSOLE_PORT = "todo_console_port"  # among the app's extensions; None without a console

_FILES = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/", strict_slashes=False)  # no redirect of an empty path, as of `GET http://host`
def index() -> Response:
    """The page, which knows where the console is."""
    port = current_app.extensions[CONSOLE_PORT]
    console = f"http://127.0.0.1:{port}" if port else ""
    html = (_FILES / "index.html").read_text(encoding="utf-8").replace("{{ console }}", console)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/page/<name>")
def file(name: str) -> Response:
    """What the page loads."""
    return send_from_directory(_FILES, name)
