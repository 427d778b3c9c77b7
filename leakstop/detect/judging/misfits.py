"""Values that would be a token if they were not mangled: a well-known prefix with the wrong rest, a UUID or a hex key of the
wrong length, a stray sign. The rule that knows the token has refused them; a generic rule is not to take them for something else.

Each function is a filter as `ordinary` describes them.
"""

from __future__ import annotations

from leakstop.detect.judging.place import in_url, place
from leakstop.expressions import expression

# Prefixes that belong to one provider each and whose rest is known exactly; `tests/detect/test_misfits.py` holds them against
# the rules. Shared ones (`sk_live_`, `key_`, `api-`) promise nothing about what follows.
PREFIXES = tuple(
    b"ghp_ gho_ ghu_ ghr_ github_pat_ glpat- gldt- glptt- glsoat- glimt- glagent- gloas- npm_ pypi-AgE rubygems_ xoxb- xoxp- "
    b"xoxe- xapp- glsa_ shpat_ shpca_ shppa_ shpss_ shptka_ sk-ant-api03- sk-ant-admin01- sk-proj- dop_v1_ doo_v1_ dor_v1_ "
    b"dckr_pat_ dckr_oat_ lin_api_ lin_oauth_ pscale_tkn_ pscale_pw_ EZAK EZTK figd_ PMAK- NRAK- GOCSPX- sntrys_ sntryu_ "
    b"vcp_ xkeysib- xsmtpsib- ya29. phx_ sbp_ fio-u- ico- rdme_ dp.pt. dp.st. waka_ gsk_ pplx- tgp_v1_ bkua_ apify_api_ "
    b"tskey- ATATT3xFfGF0 ATCTT3xFfG AGE-SECRET-KEY-1 shippo_live_ shippo_test_ shpua_ sq0csp- sq0atp- hvs. hvb. AIza "
    b"CLOJARS_ CCIPAT_ HRKU- zpka_ RGAPI- ATBB cfpat- CFPAT- SWMKEY-1- SWMTKN-1- nvapi- AKIA ASIA sgp_ napi_ lsv2_pt_ rpa_ "
    b"sqco_ unkey_".split()
)
_UUID = expression(rb"[0-9A-Za-z]{7,9}(?:-[0-9A-Za-z]{3,5}){3}-[0-9A-Za-z]{11,13}")
_WELL_FORMED = expression(rb"[0-9A-Za-z]{8}(?:-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}")
_HALF_UUID = expression(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){1,3}-?(?:[0-9a-f]{1,11})?")
_PADDED = expression(rb"[A-Za-z0-9+/_-]{20,}={1,2}[A-Za-z0-9]{1,2}")  # base64 that goes on behind its end
_ANNOTATED, _LENGTHS = b"JQQJ99", frozenset((84, 88))  # what keys of Azure hold, and bytes of one
_JOINED_UUID = 35  # bytes of one that lacks a hyphen
_HEX = expression(rb"[0-9a-f]{31,65}|[0-9A-F]{31,65}")
_NEARLY = frozenset((31, 33, 39, 41, 63, 65))  # a digit more or less than what is issued in hex
_TAG = expression(rb"^[a-z]{2,12}[_-](?=[0-9a-f]+$)")  # what many services put before hex
_SIGNS = b"!?#^,;&"  # that no provider's alphabet holds
_FEW = 2  # signs: what is made of all printable characters has more
_LONG = 12  # bytes from which a value is a token rather than a password


def mangled(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`ghp_` with 20 characters, a UUID or a hex key that lacks one, `3f2a?9c1b…`; passwords may be anything."""
    if value.startswith(PREFIXES):
        return True
    if len(value) < _LONG or in_url(key) or place(value, key, line).kind == "password":
        return False
    if _HALF_UUID.fullmatch(value) or _PADDED.fullmatch(value):
        return True
    if _ANNOTATED in value and len(value) not in _LENGTHS:
        return True
    if _UUID.fullmatch(value):
        return not _WELL_FORMED.fullmatch(value)
    if len(value) == _JOINED_UUID and value.count(b"-") == 3 and not value.translate(None, b"0123456789abcdefABCDEF-"):
        return True
    figures = _TAG.sub(b"", value)
    if len(figures) in _NEARLY and _HEX.fullmatch(figures) and not figures.isdigit():
        return True
    rest = value.translate(None, _SIGNS)
    return 0 < len(value) - len(rest) <= _FEW and rest.translate(None, b"-_+/=.:~").isalnum()
