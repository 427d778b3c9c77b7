r"""Go's regular expressions (RE2) as Python's, over bytes.

The two differ where nobody looks: `$` and `\z`, flags in the middle, ASCII classes, `\Q…\E`, POSIX classes that Python takes for
something else without a word. So an expression is read whole and written anew, its flags worked into it.

Repeats without an upper bound get one, since the engine looks at a window around each place.
"""

from __future__ import annotations

import re

from leakstop.record import NamedTuple
from leakstop.rules.tree import ALL, fold, spans

_DIGITS, _UPPER, _LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_PUNCT = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
POSIX = {
    "alnum": _DIGITS + _UPPER + _LOWER,
    "alpha": _UPPER + _LOWER,
    "ascii": "".join(map(chr, range(128))),
    "blank": "\t ",
    "cntrl": "".join(map(chr, range(32))) + "\x7f",
    "digit": _DIGITS,
    "graph": _DIGITS + _UPPER + _LOWER + _PUNCT,
    "lower": _LOWER,
    "print": " " + _DIGITS + _UPPER + _LOWER + _PUNCT,
    "punct": _PUNCT,
    "space": "\t\n\v\f\r ",
    "upper": _UPPER,
    "word": _DIGITS + _UPPER + _LOWER + "_",
    "xdigit": _DIGITS + "ABCDEFabcdef",
}
_PERL = {"d": _DIGITS, "w": POSIX["word"], "s": "\t\n\f\r "}  # Go's \s has no vertical tab
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
# The general categories of Unicode, as far as ASCII goes. Letters beyond it are bytes from 0x80 on.
_UNICODE = {"L": POSIX["alpha"], "Lu": _UPPER, "Ll": _LOWER, "N": _DIGITS, "Nd": _DIGITS, "P": _PUNCT, "Z": " ", "Zs": " "}
_BEYOND = sum(1 << byte for byte in range(128, 256))
SHORT = 256  # the bound of repeats within a line
WIDE = 40  # characters of a set
_QUANTIFIER = re.compile(r"\*|\+|\?|\{(\d+)(,(\d*))?\}")


class GoError(ValueError):
    """What Go would not take either; the text says what and where."""


class Translated(NamedTuple):
    """An expression in Python's syntax, ASCII, without flags."""

    pattern: str
    groups: int  # that capture, in Go's count
    open: bool  # had repeats without an upper bound
    inexact: bool  # speaks of characters beyond ASCII, which are matched as bytes


def translate(pattern: str, *, most: int | None = None, secret: int = 0, capture: bool = False) -> Translated:
    """Translate an expression. GoError: it is none.

    most: the bound of repeats that have none, at most SHORT for those of few characters or within a line. secret: the number of
    the group that becomes `(?P<secret>…)`. capture: other groups go on capturing.
    """
    reader = _Reader(pattern, most, secret, capture=capture)
    text = reader.alternatives()
    if reader.at < len(pattern):
        raise GoError(f"unexpected ) at position {reader.at}")
    return Translated(text, reader.groups, reader.open, reader.inexact)


class _Reader:
    def __init__(self, text: str, most: int | None, secret: int, *, capture: bool) -> None:
        self.text = text
        self.at = 0
        self.most = most
        self.secret = secret
        self.capture = capture
        self.groups = 0
        self.open = False
        self.inexact = False
        self.wide = False  # whether the last atom is a set of many characters, line ends among them
        self.flags = frozenset[str]()

    def alternatives(self) -> str:
        """Up to the closing parenthesis or the end. Flags that are set inside end with it."""
        flags = self.flags
        parts = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                parts.append("|")
                self.at += 1
                continue
            parts.append(self._repeated(self._atom()))
        self.flags = flags
        return "".join(parts)

    def _repeated(self, atom: str) -> str:
        """An atom with what follows it: *, +, ?, {n,m}, each perhaps with a ?."""
        wide, self.wide = self.wide, False
        match = _QUANTIFIER.match(self.text, self.at)
        if match is None:
            return atom
        if not atom:
            raise GoError(f"nothing to repeat at position {self.at}")
        self.at = match.end()
        lazy = self.text.startswith("?", self.at)
        self.at += lazy
        if _QUANTIFIER.match(self.text, self.at):
            raise GoError(f"one repeat after the other at position {self.at}")
        sign = match[0][0]
        low = int(match[1]) if sign == "{" else {"*": 0, "+": 1, "?": 0}[sign]
        unbounded = sign in "*+" or (sign == "{" and match[2] is not None and not match[3])
        high = "" if unbounded else str({"?": 1}.get(sign, int(match[3] or match[1] or 0)))
        if unbounded:
            self.open = True
            # What spans lines, such as the body of a key, may be long; anything else is short in practice.
            high = "" if self.most is None else str(max(low, self.most if wide else min(self.most, SHORT)))
        count = {(0, ""): "*", (1, ""): "+", (0, "1"): "?"}.get((low, high)) or (
            f"{{{low}}}" if high == str(low) else f"{{{low},{high}}}"
        )
        return atom + count + ("?" if lazy is not ("U" in self.flags) else "")

    def _atom(self) -> str:
        char = self.text[self.at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        if _QUANTIFIER.match(self.text, self.at):
            raise GoError(f"nothing to repeat at position {self.at}")
        self.at += 1
        if char == ".":
            self.wide = "s" in self.flags
            return r"[\x00-\xff]" if self.wide else r"[^\n]"
        if char == "^":
            return "(?m:^)" if "m" in self.flags else r"\A"
        if char == "$":
            return "(?m:$)" if "m" in self.flags else r"\Z"
        return self._literal(char)

    def _group(self) -> str:
        start = self.at
        match = re.compile(r"\((?:\?(?:P?<(\w+)>|([imsU]*(?:-[imsU]+)?)([:)])))?").match(self.text, start)
        if match is None or (match[0] == "(" and self.text.startswith("?", start + 1)):
            raise GoError(f"a group at position {start} that Go does not know: {self.text[start : start + 4]}")
        self.at = match.end()
        outer = self.flags
        if match[3]:
            on, _, off = match[2].partition("-")
            self.flags = (self.flags | set(on)) - set(off)
            if match[3] == ")":
                return ""  # for the rest of the group around it
            opening = "(?:"
        else:
            self.groups += 1
            opening = "(?P<secret>" if self.groups == self.secret else "(" if self.capture else "(?:"
        body = self.alternatives()
        if not self.text.startswith(")", self.at):
            raise GoError(f"the group at position {start} is not closed")
        self.at += 1
        self.flags = outer
        self.wide = False
        return f"{opening}{body})"

    def _escape(self) -> str:
        start, self.at = self.at, self.at + 2
        char = self.text[start + 1 : start + 2]
        if not char:
            raise GoError("ends with a backslash")
        if char == "Q":
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at : end if end >= 0 else len(self.text)]
            self.at = end + 2 if end >= 0 else len(self.text)
            return self._quoted(quoted)
        if char == "E":
            return ""
        if char in "Az":
            return r"\A" if char == "A" else r"\Z"
        if char in "bB":
            return f"\\{char}"
        if char == "C":
            return r"[\x00-\xff]"
        self.at = start
        mask = self._class_escape()
        return self._set(mask) if isinstance(mask, _Mask) else self._literal(mask)

    def _quoted(self, text: str) -> str:
        """Text as it stands; a repeat behind it is the last character's."""
        if not text:
            return ""
        *first, last = map(self._literal, text)
        return "".join(first) + self._repeated(last)

    def _class_escape(self) -> _Mask | str:
        r"""An escape that may stand in a class as well: a set such as \d or \pL, or one character."""
        start, char = self.at, self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if char.lower() in _PERL:
            return _Mask(_mask(_PERL[char.lower()]), char.isupper())
        if char in "pP":
            match = re.compile(r"\{(\^?)(\w+)\}|()(\w)").match(self.text, self.at)
            if match is None:
                raise GoError(f"an unknown class at position {start}")
            self.at = match.end()
            name = match[2] or match[4]
            self.inexact = True
            known = _mask(_UNICODE[name]) if name in _UNICODE else 0
            beyond = 0 if name in ("N", "Nd", "P", "Z", "Zs") else _BEYOND
            return _Mask(known | beyond, (char == "P") is not bool(match[1]))
        if char in _CONTROL:
            return chr(_CONTROL[char])
        if char == "x":
            match = re.compile(r"\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})").match(self.text, self.at)
            if match is None or int(match[1] or match[2], 16) > 0x10FFFF:
                raise GoError(f"no character at position {start}")
            self.at = match.end()
            return chr(int(match[1] or match[2], 16))
        if char in "01234567" and (match := re.compile(r"0[0-7]{0,2}|[1-7][0-7]{2}").match(self.text, start + 1)):
            self.at = match.end()
            return chr(int(match[0], 8))
        if char.isalnum() or not char:
            raise GoError(f"an escape at position {start} that Go does not know: \\{char}")
        return char

    def _class(self) -> str:
        start = self.at
        self.at += 1
        negate = self.text.startswith("^", self.at)
        self.at += negate
        mask, first = 0, True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise GoError(f"the class at position {start} is not closed")
            first = False
            posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.text, self.at)
            if posix:
                if posix[2] not in POSIX:
                    raise GoError(f"there is no class [:{posix[2]}:]")
                self.at = posix.end()
                part = _mask(POSIX[posix[2]])
                mask |= ALL & ~part if posix[1] else part
                continue
            low = self._member()
            if isinstance(low, _Mask):
                mask |= low.value
                continue
            high = low
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                bound = self._member()
                if isinstance(bound, _Mask) or bound < low:
                    raise GoError(f"a range at position {self.at} without an end")
                high = bound
            if ord(high) > 127:
                self.inexact = True
                mask |= _BEYOND
            mask |= sum(1 << byte for byte in range(ord(low), min(ord(high), 127) + 1))
        self.at += 1
        return self._set(_Mask(mask, negate))

    def _member(self) -> _Mask | str:
        char = self.text[self.at : self.at + 1]
        if char == "\\":
            return self._class_escape()
        self.at += 1
        return char

    def _literal(self, char: str) -> str:
        if ord(char) > 127:
            self.inexact = self.inexact or "i" in self.flags
            data = char.encode("utf-8", "surrogatepass")
            return "(?:" + "".join(f"\\x{byte:02x}" for byte in data) + ")"
        mask = 1 << ord(char)
        return self._set(_Mask(mask)) if "i" in self.flags and fold(mask) != mask else _spelled(ord(char))

    def _set(self, mask: _Mask) -> str:
        """A class; the flag i goes into it."""
        bits = fold(mask.bits) if "i" in self.flags else mask.bits
        value = _Mask(bits, mask.negate).value
        self.wide = bool(value >> 10 & 1) and value.bit_count() >= WIDE
        if not value:
            return r"[^\x00-\xff]"
        return render(value)


class _Mask(NamedTuple):
    """A set of bytes, or all but these."""

    bits: int
    negate: bool = False

    @property
    def value(self) -> int:
        """The set itself."""
        return ALL & ~self.bits if self.negate else self.bits


def _mask(chars: str) -> int:
    return sum(1 << ord(char) for char in chars)


def _spelled(byte: int, *, inside: bool = False) -> str:
    char = chr(byte)
    if char.isascii() and (char.isalnum() or char in "_ \"'`,:;<>=@!%&~/#"):
        return char if char not in "#~&" or not inside else f"\\{char}"
    if char.isascii() and char.isprintable():
        return f"\\{char}"
    return f"\\x{byte:02x}"


def render(mask: int) -> str:
    """A set of bytes as a class, as short as it gets."""
    if mask.bit_count() == 1:
        return _spelled(mask.bit_length() - 1)
    if mask == ALL:
        return r"[\x00-\xff]"
    negate = mask.bit_count() > 128 and mask >> 128 == (1 << 128) - 1
    value = ALL & ~mask if negate else mask
    parts = []
    for first, last in spans(value):
        low, high = _spelled(first, inside=True), _spelled(last, inside=True)
        parts.append(low if first == last else low + high if first + 1 == last else f"{low}-{high}")
    return f"[{'^' if negate else ''}{''.join(parts)}]"
