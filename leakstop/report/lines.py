"""Lines for a terminal: the caret under a secret, cutting, wrapping, counting. All text that comes in is printable."""

from __future__ import annotations

FILES = ("file", "index", "commit", "blob")  # kinds of origin that are the content of files
CUT = "..."  # not an ellipsis character: that is what a redacted secret ends with


def harmless(line: str) -> str:
    r"""A line that no CI system takes for a command: GitHub's `::error::` and `##[error]`, Azure's `##vso[...]`, TeamCity's.

    Their first sign is escaped (`\x3a:error::`, `\x23#vso[`), as unprintable characters are.
    """
    start = len(line) - len(line.lstrip())
    if line.startswith("::", start):
        line = f"{line[:start]}\\x3a{line[start + 1 :]}"
    for sign in ("##[", "##vso[", "##teamcity["):
        line = line.replace(sign, f"\\x23{sign[1:]}")
    return line


def mark(excerpt: str, redacted: str, column: int, nth: tuple[int, int]) -> int:
    """Where in an excerpt the redacted secret stands, -1 if nowhere.

    Other secrets on the line may look the same once redacted: nth is (how many of them come before, how many there are in all).
    Where that does not fit, it is the one nearest to the secret's 1-based column.
    """
    places = []
    at = excerpt.find(redacted)
    while at >= 0:
        places.append(at)
        at = excerpt.find(redacted, at + len(redacted))
    if len(places) == nth[1]:
        return places[nth[0]]
    return min(places, key=lambda place: abs(place - column + 1), default=-1)


def cut(text: str, start: int, end: int, width: int) -> tuple[str, int]:
    """At most `width` characters of a line around text[start:end], which is never cut, and how far that moved to the left."""
    if len(text) <= width:
        return text, 0
    room = max(0, width - (end - start) - 2 * len(CUT))
    left = max(0, start - room // 2)
    right = min(len(text), max(end, left + room + (end - start)))
    left = max(0, min(left, right - room - (end - start)))
    before, after = CUT if left else "", CUT if right < len(text) else ""
    return before + text[left:right] + after, left - len(before)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(char) in ("Mn", "Me") else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at blanks only; a longer word stays whole."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def join(parts: list[str], most: int) -> str:
    """An enumeration of at most `most` parts and how many more there are: "a, b and 3 more"."""
    if len(parts) > most:
        return f"{', '.join(parts[:most])} and {len(parts) - most:,} more"
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 file", "1,204 files", "2 branches", "3 entries", "2 settings of a rule file"."""
    if number == 1:
        return f"1 {noun}"
    joint = next((joint for joint in (" of ", " before ") if joint in noun), "")
    head, joint, rest = noun.partition(joint) if joint else (noun, "", "")
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        return f"{number:,} {head[:-1]}ies{joint}{rest}"
    return f"{number:,} {head}{'es' if head.endswith(('ch', 's')) else 's'}{joint}{rest}"
