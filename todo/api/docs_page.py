"""The page at /api/docs: the OpenAPI document in Swagger UI, with nothing from another host."""

import importlib.util
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

__all__ = ["blueprint"]

blueprint = Blueprint("docs", __name__, url_prefix="/api/docs")

_LONGEST_NAME = 100
_OWN_FILES = Path(__file__).parent / "docs"
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'"
)


@blueprint.get("", defaults={"name": "index.html"})
@blueprint.get("/", defaults={"name": "index.html"})
@blueprint.get("/<path:name>")
def page(name: str) -> Response:
    """The page and the files that it loads."""
    if len(name) > _LONGEST_NAME:
        raise NotFound  # before the file system refuses it in its own way
    folder = _OWN_FILES if (_OWN_FILES / name).is_file() else _swagger_ui()
    response = send_from_directory(folder, name)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@cache
def _swagger_ui() -> Path:
    package = importlib.util.find_spec(
        "flask_openapi3_swagger"
    )  # found, not imported: only its files are of use
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "flask_openapi3_swagger is missing: install requirements.lock again"
        )
    return Path(package.origin).parent / "templates" / "swagger"
