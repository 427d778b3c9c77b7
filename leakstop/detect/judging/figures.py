"""Figures: numbers, dates, versions and what else is no secret though it is made of digits."""

from __future__ import annotations

from leakstop.detect.judging.place import place
from leakstop.expressions import expression

_FIGURES = expression(rb"""(?xi)
    ^ (?: v\d+\.\d+\.\d+-(?:[\w.]+\.)?\d{14}-[0-9a-f]{12}  # of a Go module
        | v?\d+ (?: \.\d+ ){1,4} (?: [-+.][\w.]+ )? | \d{4}[-/.]\d\d?[-/.]\d\d? (?: [t\x20].* )? | \d\d?:\d\d (?: :\d\d )?
        | \d+ \+ \d+ | \d{4}-\d\d-\d\d (?: -[a-z]+ )? | \d+\.\d+[a-z]{1,2}
        | \d{1,3} (?: _ \d{3} )+ | \d+ (?: : \d+ )+ | \d+ \.\. \d+ | P (?= [\dT] ) (?: \d+ [YMWD] )* (?: T (?: \d+ [HMS] )+ )?
        | [a-z][\w.-]{0,60} (?: \[ [\w,.-]+ \] )? [=~<>!]= \d [\w.*+!-]{0,30}
        | (?: [a-z][\w.-]{1,60} | \d ) : (?: _ | \d+ (?: \.\w+ )+ (?: -\w+ )? ) | t[01]\d{3} (?: \.\d{3} )?
        | [-+]?\d+ | [-+]?\d+ (?: \.\d+ )? (?: px | em | rem | ms | s | m | h | d | kb | mb | gb | % )?
        | \#[0-9a-f]{3,8} | [a-z]{2}[-_] (?: [a-z]{2} | \d{3} )
        | rfc [-_]? \d{3,5} | (?: \d+ (?: \.\d+ )? (?: ns | us | ms | s | m | h | d | w ) )+
        | \d\.[a-z]{1,3} | [a-z]{3,12}=\d{1,12} | (?:min|max|size|digits):\d{1,4}
        | (?-i: [A-Z]{2,8}-\d{1,6} | [a-z]{2,8}_\d{1,4} ) | 1f[0-9a-f]{3} (?: - [0-9a-f]{4,5} ){0,6}
        | (?:af|ap|ca|cn|eu|fr|il|me|nl|pl|sa|uk|us) - [a-z]{3,9} (?: -\d )? ) $
    """)


def figures(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Numbers, dates, durations, ranges, versions and packages of one (`httpx==0.28.1`, `jjwt-api:0.12.6`), sizes, colours,
    locales, tickets, ids such as `src_123` and those of MITRE ATT&CK, the code points of emojis.

    Long runs of digits stay: a key, and PINs a password.
    """
    if not _FIGURES.match(value):
        return False
    return not value.isdigit() or len(value) < (6 if place(value, key, line).kind == "password" else 16)
