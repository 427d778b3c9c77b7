"""Learns `leakstop/detect/language/model.bin`: how characters follow each other in text and code, and which words there are.

usage: python benchmarks/train_language.py [--words FILE] [--output FILE]

Text: the standard library of the Python that runs this (PSF licence), its tests left out, and a word list, by default
/usr/share/dict/american-english of Debian's package wamerican (SCOWL, permissive). Distinct words and tokens count once each, so
that no common one drowns the rest; nothing that looks like a key is learned from. The outcome depends on these inputs alone.
"""

import argparse
import os
import re
import sys
import sysconfig
from collections import Counter
from math import log2

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from leakstop.detect.language.model import LONGEST_WORD, SHORTEST_WORD, SYMBOLS, TABLE, UNIT, places

WORDS = "/usr/share/dict/american-english"
OUTPUT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "leakstop", "detect", "language", "model.bin")
BITS_PER_WORD = 24
TOKEN = re.compile(rb"[A-Za-z0-9_./-]{3,60}")
SPOKEN = re.compile(rb"[A-Za-z]{3,}|[0-9]")


def tokens(folder: str) -> set[bytes]:
    """The distinct names, paths and words of the sources below a folder."""
    found: set[bytes] = set()
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in {"site-packages", "test", "tests", "idle_test", "__pycache__", "encodings"}
        ]
        for name in names:
            if name.endswith((".py", ".txt", ".rst")):
                with open(os.path.join(place, name), "rb") as file:
                    found.update(TOKEN.findall(file.read()))
    return {token for token in found if sum(map(len, SPOKEN.findall(token))) >= 0.6 * len(token)}


def english(path: str) -> set[bytes]:
    """The words of a list, as they are written; without those that only add 's."""
    with open(path, "rb") as file:
        return {word for word in file.read().split() if word.isascii() and word.isalpha()}


def in_code(words: set[bytes]) -> set[bytes]:
    """Pairs of words as identifiers join them, drawn evenly along the list."""
    short = sorted(word.lower() for word in words if 3 <= len(word) <= 9)
    half = len(short) // 2
    joined: set[bytes] = set()
    for number, (one, two) in enumerate(zip(short, (*short[half:], *short[:half]), strict=True)):
        three = short[number * 7919 % len(short)]
        joined.add(
            (
                one + two.title(),
                one.title() + two.title(),
                one + b"_" + two,
                one + b"-" + two,
                one.upper() + b"_" + two.upper(),
                one + b"." + two,
                one + b"/" + two + b"/" + three,
                two + b"%d" % (number % 100),
                two + b"_%d" % (number % 10),
                one + two.title() + three.title(),
            )[number % 10]
        )
    return joined


def costs(samples: list[tuple[int, bytes]]) -> bytes:
    """-log2 of the chance of each symbol after two others, mixed of what was seen after two, after one and after none."""
    three, two, one = Counter[tuple[int, int, int]](), Counter[tuple[int, int]](), Counter[int]()
    after_two, after_one = Counter[tuple[int, int]](), Counter[int]()
    for weight, sample in samples:
        before = last = 0
        for symbol in sample.translate(TABLE):
            three[before, last, symbol] += weight
            after_two[before, last] += weight
            two[last, symbol] += weight
            after_one[last] += weight
            one[symbol] += weight
            before, last = last, symbol
    everything = sum(one.values())
    table = bytearray()
    for before in range(SYMBOLS):
        for last in range(SYMBOLS):
            for symbol in range(SYMBOLS):
                alone = (one[symbol] + 1) / (everything + SYMBOLS)
                pair = (two[last, symbol] + 30 * alone) / (after_one[last] + 30)
                chance = (three[before, last, symbol] + 10 * pair) / (after_two[before, last] + 10)
                table.append(min(255, round(-log2(chance) * UNIT)))
    return bytes(table)


def bloom(words: set[bytes]) -> bytes:
    """The words' bits."""
    bits = bytearray(len(words) * BITS_PER_WORD // 8 + 1)
    for word in words:
        for place in places(word, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", default=WORDS, metavar="FILE")
    parser.add_argument("--output", default=OUTPUT, metavar="FILE")
    options = parser.parse_args()
    words = english(options.words)
    code = tokens(sysconfig.get_path("stdlib"))
    samples = [(1, sample) for sample in (*words, *(word.lower() for word in words), *code)]
    samples += [(1, sample) for sample in in_code(words)]
    table = costs(samples)
    listed = {word.lower() for word in words if SHORTEST_WORD <= len(word) <= LONGEST_WORD and (word.islower() or word.istitle())}
    data = table + bloom(listed)
    with open(options.output, "wb") as file:
        file.write(data)
    print(f"{len(code):,} tokens of code, {len(words):,} words ({len(listed):,} listed): {len(data) / 1000:,.0f} kB")


if __name__ == "__main__":
    main()
