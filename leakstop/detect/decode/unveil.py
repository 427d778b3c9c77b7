"""All that can be decoded in a text, undone layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode import binary, columns, encoded, escapes, joins, layout, masked, octets, rare, state, variables
from leakstop.detect.decode.python import python
from leakstop.detect.decode.view import View
from leakstop.memo import partial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leakstop.detect.decode.view import Cut, Stretch

    Undone = tuple[int, int, tuple[str, ...]]  # where a stretch stands in the original, and what was done
    Step = Callable[[bytes], Iterator[Cut]]

# In this order, each on what the ones before have left: an encoded run may stand in a string that is cut into pieces.
STEPS: tuple[Step, ...] = (
    binary.wider_runs,
    binary.wide_runs,
    binary.packed,
    binary.glued,
    binary.counted,
    binary.keyed,
    binary.pickled,
    layout.colours,
    layout.erased,
    layout.patches,
    layout.invisible,
    escapes.encoded_words,
    escapes.quoted_printable,
    escapes.seven_bits,
    binary.literals,
    escapes.rich_text,
    layout.folded,
    layout.tags,
    layout.marked,
    layout.notebook,
    columns.columns,
    state.attributes,
    joins.removed,
    joins.words,
    joins.backwards,
    rare.turned,
    python,
    joins.braced,
    joins.lists,
    joins.strings,
    joins.appended,
    joins.lines,
    variables.variables,
    masked.masked,
    octets.octets,
    joins.codes,
    binary.dumps,
    binary.octal_dumps,
    binary.separated,
    binary.uuencoded,
    binary.patched,
    layout.broken,
    rare.digits,
    rare.full_width,
    rare.mainframe,
    rare.fives_of,
    rare.fifty_eights_of,
    escapes.entities,
    escapes.percents,
    escapes.decimals,
    escapes.backslashes,
)
COMMON = tuple(step for step in STEPS if step.__module__ != rare.__name__)
DEPTH = 5  # layers
_NEAR = 512  # bytes of whole lines around what was decoded that the next layer looks at
MOST = 32 << 20  # bytes of a text that is decoded, and of what may come of it
SECRETS = (b"kind: Secret", b'"Secret"')  # Kubernetes: every value is encoded on its own, however short


def unveil(text: bytes, *, rarely: bool = True) -> View | None:
    """The text with everything decoded; None if there is nothing to decode, or too much. `rarely`: what is seldom met, too."""
    if len(text) > MOST:
        return None
    least = encoded.FEW if any(word in text for word in SECRETS) else encoded.LEAST
    steps: tuple[Step, ...] = (*(STEPS if rarely else COMMON), partial(encoded.runs, least=least))
    view = View(text)
    known: frozenset[Undone] = frozenset()  # what the layer before last had undone, around which the last one has looked
    for layer in range(DEPTH):
        before = view
        near = list(_neighbourhoods(view, known)) if layer else []
        for step in steps:
            cut = view.cut(_within(view.text, near, step) if layer else step(view.text))
            if layer and cut is not view:
                near = list(_neighbourhoods(cut, known))
            view = cut
        known = frozenset(map(_undone, before.stretches))
        if view is before or len(view.text) > MOST:
            break
    return view if view.stretches else None


def _within(text: bytes, spans: Sequence[tuple[int, int]], step: Step) -> Iterator[Cut]:
    """What a step finds around that which was decoded: everywhere else the layer before has looked."""
    for low, high in spans:
        for cut in step(text[low:high]):
            yield cut._replace(start=low + cut.start, end=low + cut.end)


def _undone(stretch: Stretch) -> Undone:
    return stretch.first, stretch.last, stretch.steps


def _neighbourhoods(view: View, known: frozenset[Undone]) -> Iterator[tuple[int, int]]:
    """Whole lines around the stretches of a view but those that are known, ascending and apart."""
    text = view.text
    first = last = -1
    for stretch in view.stretches:
        if _undone(stretch) in known:
            continue
        if last < 0 or stretch.start - _NEAR > last:
            if last >= 0:
                yield first, last
            first = max(last, text.rfind(b"\n", 0, max(0, stretch.start - _NEAR)), 0)
        if stretch.end + _NEAR > last:
            end = text.find(b"\n", stretch.end + _NEAR)
            last = end if end >= 0 else len(text)
    if last >= 0:
        yield first, last
