"""Values in XML, by the part of XPath that names elements and attributes."""

import re
from xml.etree import ElementTree

_STEP = re.compile(r"(?:[\w.-]+:)?([\w.-]+|\*)(\[\d+\])?")


def value_at(text: str, path: str) -> str | None:
    """The text of the first element (or attribute) at the path, without spaces around it; None if
    there is none, or the text is no XML.

    Namespaces are not looked at. A document type, which could declare entities without end, is
    refused as no XML. Raises ValueError for a path that is not `/a/b[1]/@c` or `//b`.
    """
    steps, attribute = _steps(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text[text.index("<") : text.rindex(">") + 1])  # noqa: S314
    except (ElementTree.ParseError, ValueError):
        return None
    above = ElementTree.Element("above")
    above.append(root)
    found = above.find(steps)
    if found is None:
        return None
    return found.get(attribute) if attribute else "".join(found.itertext()).strip()


def _steps(path: str) -> tuple[str, str]:
    body, _, attribute = path.removesuffix("/text()").partition("/@")
    written = []
    for step in re.split(r"(//?)", body.strip()):
        match = _STEP.fullmatch(step)
        if match:
            written.append(match[1] if match[1] == "*" else "{*}" + match[1])
            written[-1] += match[2] or ""
        elif step in ("/", "//"):
            written.append(step)
        elif step:
            raise ValueError(f"{step!r} is no part of a path that is understood here")
    steps = "".join(written)
    steps = steps if steps.startswith("/") else "//" + steps
    return "." + steps, attribute
