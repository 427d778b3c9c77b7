"""Sets of numbers as ascending arrays.

What numpy has for them works with a hash table since its version 2.3, which takes ten to fifty times as long as sorting does, and
imports its masked arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """Each number once, ascending."""
    ordered = np.sort(numbers)
    return ordered[opens(ordered)]


def opens(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Where in ascending numbers each value stands for the first time."""
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def lacking(numbers: NDArray[Any], known: NDArray[Any]) -> NDArray[Any]:
    """The numbers that are not among the known ones, which ascend."""
    if not len(known):
        return numbers
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    others: NDArray[Any] = numbers[known[place] != numbers]
    return others
