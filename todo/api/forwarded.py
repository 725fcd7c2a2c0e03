"""Where a request comes from, as the proxies in front tell it."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Forwarded"]

_is_plain = re.compile(r"[\w.:\[\]-]*").fullmatch
_KEPT = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")


class Forwarded(ProxyFix):
    """Werkzeug's, for an address, a scheme and a port. It goes through each value letter by letter;
    this leaves to it what may be a list, and takes a plain value as it is.
    """

    def __init__(self, app: "WSGIApplication", hops: int) -> None:
        """Believes the last `hops` proxies."""
        super().__init__(app, x_for=hops, x_proto=hops, x_port=hops)
        self._is_last_believed = hops == 1

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answers the request, as one of the client's own."""
        get = environ.get
        address: str = get("HTTP_X_FORWARDED_FOR", "")
        scheme: str = get("HTTP_X_FORWARDED_PROTO", "")
        port: str = get("HTTP_X_FORWARDED_PORT", "")
        told = address + scheme + port
        if told and not (self._is_last_believed and _is_plain(told)):
            return super().__call__(environ, start_response)
        environ["werkzeug.proxy_fix.orig"] = dict(zip(_KEPT, map(get, _KEPT), strict=True))
        if address:
            environ["REMOTE_ADDR"] = address
        if scheme:
            environ["wsgi.url_scheme"] = scheme
        if port:
            environ["SERVER_PORT"] = port
            if host := get("HTTP_HOST"):
                name = host if host.endswith("]") else host.rsplit(":", 1)[0]
                environ["HTTP_HOST"] = f"{name}:{port}"
        return self.app(environ, start_response)
