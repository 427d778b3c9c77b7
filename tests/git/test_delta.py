"""Delta instructions: read, applied, and what they copy and insert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from objects_helpers import copy, delta, insert

from leakstop.git.delta import DeltaError, apply_slowly, copies, inserted, sizes
from leakstop.git.inflate import ERRORS, apply_delta

BASE = b"0123456789"


@st.composite
def changes(draw):
    """A base, its delta, the target, its copies and its inserts."""
    base = draw(st.one_of(st.binary(max_size=300), st.binary(min_size=70, max_size=70).map(lambda part: part * 1100)))
    instructions, target, copied, added = [], b"", [], []
    joins = False
    for _ in range(draw(st.integers(0, 12))):
        if base and draw(st.booleans()):
            offset = draw(st.integers(0, len(base) - 1))
            size = draw(st.one_of(st.integers(1, len(base) - offset), st.just(min(0x10000, len(base) - offset))))
            instructions.append(copy(offset, size))
            copied.append((offset, len(target), size))
            target += base[offset : offset + size]
            joins = False
        else:
            data = draw(st.binary(min_size=1, max_size=300))
            instructions.append(insert(data))
            target += data
            added[-1:] = [added[-1] + data] if joins else [*added[-1:], data]
            joins = True
    return base, delta(len(base), len(target), *instructions), target, copied, added


@given(changes())
def test_a_delta_is_applied_and_taken_apart(change):
    base, stream, target, copied, added = change
    assert b"".join(apply_slowly(base, stream)) == target
    assert b"".join(apply_delta(base, stream)) == target
    assert copies(stream) == copied
    assert inserted(stream) == added
    assert sizes(stream)[:2] == (len(base), len(target))


@given(changes(), st.data())
def test_damaged_deltas_never_surprise(change, data):
    """Both ways to apply a delta fail on the same ones, with an error that is expected."""
    base, stream, *_ = change
    broken = bytearray(stream)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(broken[: data.draw(st.integers(0, len(broken)))])
    results = []
    for apply in (apply_slowly, apply_delta):
        try:
            results.append(b"".join(apply(base, broken)))
        except ERRORS:
            results.append(None)
    assert results[0] == results[1]
    assert isinstance(inserted(broken), list)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(delta(10, 3, copy(0, 5)), id="makes more than it promises"),
        pytest.param(delta(10, 9, copy(0, 5)), id="makes less than it promises"),
        pytest.param(delta(10, 5, copy(8, 5)), id="copies from behind the base"),
        pytest.param(delta(9, 5, copy(0, 5)), id="is for another base"),
        pytest.param(delta(10, 5, copy(0, 5), b"\0"), id="has the reserved instruction"),
        pytest.param(delta(10, 5, b"\5ab"), id="ends in an insert"),
        pytest.param(delta(10, 5, b"\x93\1"), id="ends in a copy"),
        pytest.param(b"\x80", id="ends in its head"),
        pytest.param(b"", id="is empty"),
    ],
)
@pytest.mark.parametrize("apply", [apply_slowly, apply_delta])
def test_wrong_deltas_are_refused(apply, stream):
    with pytest.raises(ERRORS):
        apply(BASE, stream)


def test_the_compiled_library_is_used():
    """dulwich is a dependency for this one function: if it moves, this fails instead of getting slow."""
    dulwich = pytest.importorskip("dulwich._pack")
    assert apply_delta is dulwich.apply_delta


def test_the_slow_way_says_what_is_wrong():
    with pytest.raises(DeltaError, match="a delta for a base of 9 bytes stands on one of 10"):
        apply_slowly(BASE, delta(9, 5, copy(0, 5)))
