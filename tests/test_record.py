"""Our records are what `typing.NamedTuple` makes."""

from __future__ import annotations

import pickle
from typing import NamedTuple as Theirs

import pytest

from leakstop.record import NamedTuple as Ours


class Point(Ours):
    """A place."""

    x: int
    y: int = 0
    name: str = ""

    @property
    def sum(self) -> int:
        return self.x + self.y

    def moved(self, by: int) -> Point:
        return self._replace(x=self.x + by)


class Same(Theirs):
    x: int
    y: int = 0
    name: str = ""


class Many(Ours):
    first: int
    second: int


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(((1,), {}), id="defaults"),
        pytest.param(((1, 2, "a"), {}), id="by place"),
        pytest.param(((), {"x": 1, "name": "b"}), id="by name"),
    ],
)
def test_made(arguments):
    values, named = arguments
    ours, theirs = Point(*values, **named), Same(*values, **named)
    assert ours == theirs
    assert tuple(ours) == tuple(theirs)
    assert ours._asdict() == theirs._asdict()
    assert repr(ours) == repr(theirs).replace("Same", "Point")
    assert hash(ours) == hash(theirs)
    assert (ours.x, ours.y, ours.name) == (theirs.x, theirs.y, theirs.name)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda kind: kind(), id="a field missing"),
        pytest.param(lambda kind: kind(1, 2, "a", 4), id="one too many"),
        pytest.param(lambda kind: kind(1, z=3), id="no such field"),
        pytest.param(lambda kind: kind(1)._replace(z=3), id="no such field to replace"),
        pytest.param(lambda kind: kind._make((1, 2)), id="made of too few"),
    ],
)
def test_refused(make):
    for kind in (Same, Point):
        with pytest.raises((TypeError, ValueError)):
            make(kind)


def test_class():
    assert (Point._fields, Point._field_defaults, Point.__match_args__) == (
        Same._fields,
        Same._field_defaults,
        Same.__match_args__,
    )
    assert (Point.__name__, Point.__qualname__, Point.__module__, Point.__doc__) == ("Point", "Point", __name__, "A place.")


def test_methods_of_its_own():
    assert Point(1, 2).sum == 3
    assert Point(1, 2).moved(5) == (6, 2, "")
    assert isinstance(Point(1).moved(5), Point)


def test_frozen():
    with pytest.raises(AttributeError):
        Point(1).x = 2
    with pytest.raises(AttributeError):
        Point(1).other = 2
    assert not hasattr(Point(1), "__dict__")


def test_made_before_the_constructor_is():
    """`_make` and unpickling may come first."""
    assert Many._make((1, 2)) == (1, 2)
    assert pickle.loads(pickle.dumps(Many._make((1, 2)))) == Many(1, 2)
    assert pickle.loads(pickle.dumps(Point(1, 2, "c"))) == Point(1, 2, "c")
    assert type(pickle.loads(pickle.dumps(Point(1)))) is Point


def test_matched():
    match Point(1, 2, "d"):
        case Point(x, y, name):
            assert (x, y, name) == (1, 2, "d")
        case _:
            pytest.fail("no match")
