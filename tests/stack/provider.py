"""One process of the AWS provider for many runs of Terraform, and in front of it a server that
answers with the schemas of the stacks' own types alone. Terraform would else read those of every
type of AWS in each run, and print them with each state.
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc

TERRAFORM = Path(__file__).parents[2] / "terraform"
PROGRAM = "registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws_*"
SERVICE = "/tfplugin5.Provider/"
# Fields of GetProviderSchema.Response in tfplugin5.proto that are maps by a type's name.
RESOURCES, DATA_SOURCES, FUNCTIONS, EPHEMERAL = 2, 3, 7, 8
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@contextmanager
def one_provider() -> Iterator[None]:
    """While the block runs, each Terraform that is started uses this provider, or one that
    TF_REATTACH_PROVIDERS named before.
    """
    if "TF_REATTACH_PROVIDERS" in os.environ:
        yield
        return
    *_, program = sorted((TERRAFORM / ".terraform" / "providers").glob(PROGRAM))
    with (
        tempfile.TemporaryDirectory(prefix="provider-") as folder,
        subprocess.Popen(
            [program, "-debug"],
            env=os.environ | {"TF_LOG_SDK": "ERROR", "TF_LOG_SDK_PROTO": "ERROR"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        try:
            said = next(line for line in process.stdout or () if "TF_REATTACH_PROVIDERS='" in line)
            attach = json.loads(said.split("'")[1])
            (plugin,) = attach.values()
            server = in_front_of(plugin["Addr"]["String"], f"{folder}/socket")
            plugin["Addr"]["String"] = f"{folder}/socket"
            os.environ["TF_REATTACH_PROVIDERS"] = json.dumps(attach)
            yield
            server.stop(None)
        finally:
            os.environ.pop("TF_REATTACH_PROVIDERS", None)
            process.terminate()


def in_front_of(provider: str, socket: str) -> grpc.Server:
    """A running server on a socket, before the provider on another."""
    server = grpc.server(ThreadPoolExecutor(8), options=UNLIMITED)
    server.add_generic_rpc_handlers([Narrowed(f"unix:{provider}")])
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


class Narrowed(grpc.GenericRpcHandler):
    """Passes every call on to the provider, but for the one for the schemas."""

    def __init__(self, provider: str) -> None:
        self._channel = grpc.insecure_channel(provider, options=UNLIMITED)
        self._schema = narrowed(self._channel.unary_unary(f"{SERVICE}GetSchema")(b""))

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of a call, or None for what go-plugin can do without."""
        if details.method == f"{SERVICE}GetSchema":
            return grpc.unary_unary_rpc_method_handler(lambda *_: self._schema)
        if not details.method.startswith(SERVICE):
            return None
        call = self._channel.unary_unary(details.method)
        return grpc.unary_unary_rpc_method_handler(lambda request, _: call(request))


def narrowed(message: bytes) -> bytes:
    """The GetProviderSchema.Response without the types that no stack uses."""
    files = [*TERRAFORM.glob("*.tf"), *TERRAFORM.glob("load/*.tf")]
    text = "".join(file.read_text() for file in files)
    used = {*re.findall(r'^(?:resource|data) "(\w+)"', text, re.M)}
    kept = []
    for number, field, value in fields(message):
        if number in (FUNCTIONS, EPHEMERAL):
            continue
        if number in (RESOURCES, DATA_SOURCES):
            _, _, name = next(fields(value))
            if name.decode() not in used:
                continue
        kept.append(field)
    return b"".join(kept)


def fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, whole field, value) of each field of a message all of whose fields have a length."""
    start = 0
    while start < len(message):
        tag, at = varint(message, start)
        length, at = varint(message, at)
        end = at + length
        yield tag >> 3, message[start:end], message[at:end]
        start = end


def varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of base 128, least significant digit first, and where the next one begins."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return number, at
