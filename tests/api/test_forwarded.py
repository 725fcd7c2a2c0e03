"""What proxies tell is understood as Werkzeug's ProxyFix does, whatever it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.middleware.proxy_fix import ProxyFix

from todo.api.forwarded import Forwarded

PLAIN = st.sampled_from(["203.0.113.7", "[2001:db8::1]", "[2001:db8::1]:90", "https", "80"])
ODD = st.text(st.sampled_from(list('a0.:[]-,"\\ \t\n\xa0\xe9')), max_size=8)
LISTS = st.lists(PLAIN | ODD, max_size=4).map(",".join)
TOLD = [st.tuples(*[st.none() | values] * 5) for values in (PLAIN, PLAIN | ODD | LISTS)]
HOSTS = st.sampled_from([None, "", "name", "name:6400", "[::1]", "[::1]:6400", ":1", "a:b:1"])


def environ_after(layer, environ):
    """The environ that the app behind the layer gets."""
    seen = {}
    layer.app = lambda environ, _start_response: seen.update(environ) or []
    layer(dict(environ), None)
    return seen


@given(st.sampled_from([1, 1, 2, 3]), HOSTS, st.one_of(TOLD))
@settings(max_examples=500)
def test_every_value_means_what_it_does_to_werkzeug(hops, host, told):
    names = ("FOR", "PROTO", "PORT", "HOST", "PREFIX")
    headers = {f"HTTP_X_FORWARDED_{name}": value for name, value in zip(names, told, strict=True)}
    given_to_app = {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http", "HTTP_HOST": host}
    environ = {
        name: value for name, value in (given_to_app | headers).items() if value is not None
    } | {"SERVER_NAME": "name", "SERVER_PORT": "6400"}
    expected = environ_after(ProxyFix(None, x_for=hops, x_proto=hops, x_port=hops), environ)
    assert environ_after(Forwarded(None, hops), environ) == expected


@pytest.mark.parametrize("hops", [1, 2])
def test_a_client_cannot_tell_more_than_the_believed_proxies(hops):
    environ = {"HTTP_X_FORWARDED_FOR": "1.2.3.4, 203.0.113.9, 198.51.100.7"}
    seen = environ_after(Forwarded(None, hops), environ)
    assert seen["REMOTE_ADDR"] == ["198.51.100.7", "203.0.113.9"][hops - 1]
