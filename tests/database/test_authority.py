"""A connection that verifies who answers, with the authorities that are in the image."""

import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from todo.database import engine_url

AUTHORITIES = Path(__file__).parents[2] / "containers" / "rds-ca.pem"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that localhost has signed itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def impostor(certificate):
    """A server that speaks PostgreSQL until TLS is agreed on; yields its port, and what a client
    says then.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    said = []

    def answer():
        client, _ = server.accept()
        with client:
            client.recv(8)  # "may we speak TLS?"
            client.sendall(b"S")
            try:
                with context.wrap_socket(client, server_side=True) as inside:
                    said.append(inside.recv(1024))
            except (ssl.SSLError, ConnectionError):
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1], said
        thread.join(10)


def connect(port, host, authorities):
    query = f"sslmode=verify-full&sslrootcert={authorities}&connect_timeout=5"
    engine = create_engine(engine_url(f"postgresql://todo_app:secret@{host}:{port}/todo?{query}"))
    with pytest.raises(OperationalError) as failure:
        engine.connect()
    return str(failure.value)


def test_one_that_rds_has_not_certified_gets_no_word(impostor):
    port, said = impostor

    assert "certificate verify failed" in connect(port, "localhost", AUTHORITIES)
    assert said == []


def test_one_of_another_name_gets_no_word(impostor, certificate):
    port, said = impostor

    assert "does not match host name" in connect(port, "127.0.0.1", certificate)
    assert said in ([], [b""])


def test_one_of_the_name_with_a_certificate_of_an_authority_is_spoken_to(impostor, certificate):
    port, said = impostor

    connect(port, "localhost", certificate)
    assert b"todo_app" in said[0]
