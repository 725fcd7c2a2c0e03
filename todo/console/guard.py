"""Who may ask the console: pages of its own, in a browser on this machine."""

from collections.abc import Sequence

from flask import Flask, Response, abort, request

__all__ = ["POLICY", "guard"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self';"
    " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def guard(app: Flask, hosts: Sequence[str]) -> None:
    """Refuses requests for another host, which a name that was bound anew leads here, and those
    that another page makes. A link from another page may lead to a page, but not to data.
    """

    @app.before_request
    def check() -> None:
        if request.host not in hosts:
            abort(403, "This console answers only under its own address.")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in hosts}:
            abort(403, "Another page may not ask this console.")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.path.startswith("/api/") and site not in ("same-origin", "none"):
            abort(403, "Another page may not ask this console.")

    @app.after_request
    def mark(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce="none"))
        return response
