"""Hyperscan's databases in the cache, and what they tell of a text."""

from zlib import crc32

import pytest
from helpers import fake

from leakstop import store
from leakstop.detect import databases
from leakstop.detect.decode.spots import expressions
from leakstop.detect.prefilter import Hyperscan, available
from leakstop.rules import load
from leakstop.rules.compiled import Compiled, compile_rules
from leakstop.rules.rule import RuleSet

pytestmark = pytest.mark.skipif(not available(), reason="no Hyperscan here")

TEXTS = [b"nothing", b"kind: Secret\n", b"x = 1\n" * 50, b"AWS_ACCESS_KEY_ID=" + fake("aws-id").encode(), b"kind: Secret\n \n"]


@pytest.fixture
def compiled(tmp_path, monkeypatch) -> Compiled:
    monkeypatch.setenv("LEAKSTOP_CACHE", str(tmp_path))
    some = tuple(rule for rule in load.load().rules if rule.id.startswith(("aws-", "generic-s", "twilio-")))
    return compile_rules(RuleSet(some, "some"))


def test_kept_and_made_again_when_damaged(compiled, monkeypatch):
    made = []
    monkeypatch.setattr(databases, "_built", lambda name, parts, built=databases._built: made.append(name) or built(name, parts))
    first = Hyperscan(compiled).search(TEXTS)
    assert Hyperscan(compiled).search(TEXTS) == first
    assert len(made) == 1
    (name,) = set(made)
    store.write(name, b"\1\x0b\0\0\0\0\0\0\0no database")
    assert Hyperscan(compiled).search(TEXTS) == first
    store.write(name, b"something else" * 100)
    assert Hyperscan(compiled).search(TEXTS) == first
    assert made == [name] * 3


def test_damage_is_told(compiled):
    """Hyperscan's own checksum tells it; the sizes around it are told by what they come to."""
    databases.of(compiled)
    name = databases.name_of(compiled)
    whole = store.read(name)
    second = 9 + int.from_bytes(whole[1:9], "little")
    for at in (0, 1, 9, 60, 2000, second, second + 8, second + 60, second + 2000):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        store.write(name, bytes(damaged))
        assert databases._kept(name) == []
    for end in (0, 1, 500, second, len(whole) - 1):
        store.write(name, whole[:end])
        assert databases._kept(name) == []
    store.write(name, whole)
    assert len(databases._kept(name)) == 2


def test_each_library_and_processor_has_its_own(compiled, monkeypatch):
    """In a home that several machines share; none makes them anew for the next commit."""
    names = []
    for processor in (b"flags: sse4_2", b"flags: sse4_2 avx2", b"flags: sse4_2"):
        monkeypatch.setattr(databases, "_processor", lambda processor=processor: processor)
        databases._maker.cache_clear()
        names.append(databases.name_of(compiled))
    databases._maker.cache_clear()
    assert len(set(names)) == 2
    assert names[0] == names[2]


def test_spots_of_texts_searched_and_not(compiled):
    """Where they end, in the text's own bytes, whether the texts were searched just before or not."""
    prefilter = Hyperscan(compiled)
    fresh = prefilter.spots(TEXTS)
    hits = prefilter.search(TEXTS)
    assert prefilter.spots(list(TEXTS)) == fresh
    assert {number: [(spot.end, spot.reach) for spot in spots] for number, spots in fresh.items()} == {
        1: [(13, 8192)],
        4: [(13, 8192)],
    }
    assert [bool(found) for found in hits] == [False, False, False, True, False]
    assert prefilter.spots([b"", b"kind: Secret\n"]).keys() == {1}
    assert prefilter.spots([]) == {}


def test_a_change_of_what_is_looked_for_is_told():
    """Databases that lie in caches hold what may be encoded: raise `databases._FORMAT` with it, and put both here."""
    anchor = "".join(f"\\x{byte:02x}" for byte in b"acme_") + "[0-9a-z]{16}"
    assert (databases._FORMAT, crc32(b"\n".join(expressions([anchor])))) == (16, 208932191)


@pytest.mark.parametrize(
    ("expression", "loose"),
    [
        (r"[\x4b\x6b][\x2d\x30-\x39]{0,16}\x3d", r"[\x4b\x6b][\x2d\x30-\x39]*\x3d"),
        (r"\x3d[\x21-\x7e]{4,128}\x22", r"\x3d[\x21-\x7e]{4,}\x22"),
        (r"\x20{1,8}(?:\x61\x62){0,9}", r"\x20{1,}(?:\x61\x62){0,9}"),
        (r"\x5c{0,3}[\x30-\x39]{20}", r"\x5c{0,3}[\x30-\x39]{20}"),  # short, or of one length
        (r"\x61[\x00-\xff]{0,40}\x62[\x09-\x0d\x20]{0,24}", r"\x61[\x00-\xff]{0,40}\x62[\x09-\x0d\x20]{0,24}"),  # over lines
    ],
)
def test_runs_are_not_counted(expression, loose):
    assert databases._loose(expression) == loose
