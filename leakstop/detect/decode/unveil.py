"""All that can be decoded in a text, undone layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode import encoded, escapes, joins
from leakstop.detect.decode.python import python
from leakstop.detect.decode.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.detect.decode.view import Cut

    Step = Callable[[bytes], Iterator[Cut]]

# In this order, each on what the ones before have left: an encoded run may stand in a string that is cut into pieces.
STEPS: tuple[Step, ...] = (
    escapes.quoted_printable,
    python,
    joins.strings,
    joins.lines,
    joins.codes,
    escapes.entities,
    escapes.percents,
    escapes.backslashes,
)
DEPTH = 5  # layers
MOST = 32 << 20  # bytes of a text that is decoded, and of what may come of it
SECRETS = (b"kind: Secret", b'"Secret"')  # Kubernetes: every value is encoded on its own, however short


def unveil(text: bytes) -> View | None:
    """The text with everything decoded; None if there is nothing to decode, or too much."""
    if len(text) > MOST:
        return None
    least = encoded.FEW if any(word in text for word in SECRETS) else encoded.LEAST
    view = View(text)
    for _ in range(DEPTH):
        before = view
        for step in STEPS:
            view = view.cut(step(view.text))
        view = view.cut(encoded.runs(view.text, least))
        if view is before or len(view.text) > MOST:
            break
    return view if view.stretches else None
