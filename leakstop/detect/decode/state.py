"""Attributes in a state of Terraform's: whose they are says the type of their resource, some lines above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGN = rb"\"instances\": ?\[\s{0,12}\{"
_RESOURCE = expression(rb"\"type\":\s{0,4}\"([a-z][a-z0-9]{1,30})[_\"]")
_ATTRIBUTES = expression(rb"\"attributes(?:_flat)?\":\s{0,4}\{")
# A name, and a value of some length that has more than one kind of letters, or digits.
_ATTRIBUTE = expression(
    rb"\"((?:[A-Za-z0-9]{1,20}[_-]){0,5}(?i:key|token|secret|password|id|sid|pass))\":\s{0,4}\"(?=[^\"\\\s]{12,4096}+\")"
)
_TOP = (b"aws", b"google", b"azurerm", b"random", b"tls", b"null", b"local")  # named in their values, or nobody's


def attributes(text: bytes) -> Iterator[Cut]:
    """Names of attributes with their provider before them: `"client_id": "` of a `zoom_app` as `"zoom_client_id": "`."""
    if b'"instances"' not in text or b'"attributes' not in text:
        return
    resources = [found for found in _RESOURCE.finditer(text) if found[1] not in _TOP]
    ends = [found.start() for found in resources[1:]] + [len(text)]
    for resource, following in zip(resources, ends, strict=False):
        body = _ATTRIBUTES.search(text, resource.end(), following)
        if body is None:
            continue
        for found in _ATTRIBUTE.finditer(text, body.end(), following):
            if not found[1].lower().startswith(resource[1]):
                yield Cut(*found.span(), b'"' + resource[1] + b"_" + found[0][1:], ("resource",))
