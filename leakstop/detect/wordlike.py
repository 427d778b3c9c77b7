"""Telling language from randomness where entropy cannot: dictionary words and the pairs of letters that words are made of.

`getUserAccessToken` has the entropy of a key. Two measures tell them apart: the share of the letters
that known words cover, and how likely the letters follow each other in words and identifiers.
"""

from __future__ import annotations

import re

from leakstop.detect.words import words

# One row for each preceding letter (the first: none), one column for each following letter. A character stands for
# (ord - ord("0")) / 4 - 6 = log2 of how much likelier the pair is in words than in random letters. Counted on the word list and
# on the identifiers of widely used Python packages, each distinct word about once.
_PAIRS = (
    b"KHMJIIFFJ??HIFFL<KNJFCE;:9",
    b"=HKI8?G5G1@OIN0H1OLPDB>@D9",
    b"OEFBN><7MF9Q?@M@0KJBM:16G2",
    b"N8DAO=6NH0KJ@;R=5IENG770@0",
    b"MCAGTDA9Q<9FBAK>5GIDI>;;A0",
    b"J@KNDFD8@49IGN=F?QOK:C@H@5",
    b"L<CBMN@6S17K=?O?5KGIK176D1",
    b"K:A@S?FKM04ICKIA0NKCJ>73?:",
    b"R<:?S940N09CB@P>5HBJG536E4",
    b"GEKIGFH040:JHSMF6GLM5F0@0E",
    b"O=?ERD00H?@9@<QF?9M9Q9F0;0",
    b"J@@EVCE:P?9G?GEA7@MEF3E3D0",
    b"O=@GR@;5Q3=M<>N@09HGG?66J0",
    b"QG<BS<74N0;CH;MO8=HAH:45B0",
    b"M<LMNFO<J9CA<CJ@3;MPDC53>4",
    b"CEII<BE5B8CJKRHI0PIIKDH>;3",
    b"P9@@P<;FJ0>M<=NI0PFKG680G3",
    b"B00B0=:0=00N@@09AAIDVB=000",
    b"O>FFS?D6N0ACHDNA1GKJEA90F0",
    b"G8I?P?;JN0CEA?IJ?=LRK:?5C0",
    b"M<D?R@9KQ05D@=LA0NIFG9=7I:",
    b"HKHDIDE0H03LKQ@J0NMN600;55",
    b"R;A=V8:4Q00;?<J90<?<;506;0",
    b"Q<?EP?=LQ0@D:KN?6LKA8:>260",
    b"G=MENE;CN40FE@FQ6@ERA?0GC4",
    b"ICHDJED:H38JJKIS3DNL8AC7@A",
    b"N70=V@7;N0;@?=L<0?CA@0?;CD",
)
_SUFFIXES = (b"s", b"es", b"d", b"ed", b"ing", b"er", b"ly", b"ion", b"able")
_LONGEST = 16
_part = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]")


def parts(text: bytes) -> list[bytes]:
    """The runs of letters in text, split at camel case, in lower case: `getAPIKey2` -> get, api, key."""
    return [found.lower() for found in _part.findall(text)]


def is_word(part: bytes) -> bool:
    """Whether a lower-case run of letters is a known word, or one with a common ending."""
    known = words()
    if part in known:
        return True
    return any(part.endswith(end) and (part[: -len(end)] in known or part[: -len(end)] + b"e" in known) for end in _SUFFIXES)


def covered(part: bytes) -> int:
    """The most letters of a lower-case run that known words of three letters and more can cover without overlap."""
    if is_word(part):
        return len(part)
    known = words()
    best = [0] * (len(part) + 1)
    for end in range(1, len(part) + 1):
        best[end] = best[end - 1]
        for start in range(max(0, end - _LONGEST), end - 2):
            if best[start] + end - start > best[end] and part[start:end] in known:
                best[end] = best[start] + end - start
    return best[-1]


def cover(value: bytes) -> float:
    """The share of all characters of value that stand in known words; 0 to 1."""
    return sum(covered(part[:64]) for part in parts(value[:256])) / max(1, min(len(value), 256))


def fluency(value: bytes) -> float:
    """Bits per letter by which value's letters follow each other likelier in words than at random.

    Words lie near +0.6, random letters near -1.6; 0.0 for a value without a run of two letters.
    """
    total = letters = 0
    for part in parts(value[:256]):
        if len(part) < 2:
            continue
        last = 0
        for char in part:
            total += _PAIRS[last][char - 97] - 72
            last = char - 96
        letters += len(part)
    return total / 4 / letters if letters else 0.0
