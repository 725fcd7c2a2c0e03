"""A call of AWS as it arrives at a server, read and checked by botocore's model of the service."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.validate import ParamValidator
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

__all__ = ["Call", "read"]

# Where the name that a call is signed with is not the model's.
MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
}


@dataclass(frozen=True)
class Call:
    """One call, whose access key it was made with, and what of it AWS would refuse by the model."""

    who: str
    service: str
    operation: str
    parameters: dict[str, Any]
    problems: list[str]


def read(request: Request) -> Call:
    """The call that a signed request makes. Raises NotFound when no service of AWS has it."""
    who, signed_for = re.search(
        r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", request.headers["Authorization"]
    ).groups()
    service = MODELS.get(signed_for, signed_for)
    operation, in_path = get_service_router(service).match(request)
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "body": request.get_data(),
            "headers": request.headers,
            "method": request.method,
            "url_params": in_path,
            "url_path": request.path,
            "values": request.values,
        }
    )
    parameters = _present(parameters)
    problems = list(_problems(operation.input_shape, parameters)) if operation.input_shape else []
    return Call(who, service, operation.name, parameters, problems)


def _present(value: Any) -> Any:
    """The parameters without those that are null, which is as if they were not there."""
    if isinstance(value, dict):
        return {key: _present(each) for key, each in value.items() if each is not None}
    return [_present(each) for each in value] if isinstance(value, list) else value


def _problems(shape: Any, parameters: dict[str, Any]) -> Iterator[str]:
    report = ParamValidator().validate(parameters, shape)
    yield from report.generate_report().splitlines()
    yield from _out_of_bounds(shape, parameters, "")


def _out_of_bounds(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Values that the model does not allow, as far as botocore's own validator leaves them out."""
    for inner, each, name in _parts(shape, value):
        yield from _out_of_bounds(inner, each, f"{path}{name}")
    if (most := shape.metadata.get("max")) is not None and _size(value) > most:
        yield f"{path}: {_size(value)} is over {most}"
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
        pattern = _pattern(shape.metadata.get("pattern", ""))
        if pattern and not pattern.fullmatch(value):
            yield f"{path}: {value[:60]!r} does not match {pattern.pattern}"


def _parts(shape: Any, value: Any) -> Iterator[tuple[Any, Any, str]]:
    """What a value consists of, each with its shape and the way to it."""
    if shape.type_name == "structure":
        yield from ((shape.members[name], each, f".{name}") for name, each in value.items())
    elif shape.type_name == "list":
        yield from ((shape.member, each, f"[{number}]") for number, each in enumerate(value))
    elif shape.type_name == "map":
        for name, each in value.items():
            yield shape.key, name, f".{name} (the key)"
            yield shape.value, each, f".{name}"


def _size(value: Any) -> float:
    return value if isinstance(value, int | float) else len(value)


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """The pattern; None where there is none, or where Python cannot read it: they are Java's."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None
