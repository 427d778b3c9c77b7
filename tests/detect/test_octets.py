"""Keys that stand in a program as rows of numbers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from leakstop.detect.prefilter import available
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from leakstop.detect.detector import Detector

ROW = random.Random("octets").sample(range(256), 32)
HEX = ", ".join(f"0x{byte:02x}" for byte in ROW)
DECIMAL = ", ".join(map(str, ROW))
LINES = ",\n".join(f"    0x{byte:02X}" for byte in ROW)
CAST = ", ".join(f"(byte) 0x{byte:02x}" for byte in ROW)
NOISE = b"def compute(total, value):\n    return total + value * 3  # nothing to see\n" * 4500  # more than is asked for signals

FOUND = [
    ("a.go", f"var signingKey = []byte{{{HEX}}}"),
    ("a.go", f"sharedSecret := []byte{{{DECIMAL}}}"),
    ("a.go", f"\tSecretKey: [32]byte{{\n{LINES},\n\t}},"),
    ("a.go", f"var masterKey [32]byte = [32]byte{{{HEX}}}"),
    ("a.c", f"static const uint8_t app_key[32] = {{ {HEX} }};"),
    ("a.cpp", f"const unsigned char AES_SECRET[] = {{\n{LINES}\n}};"),
    ("a.ino", f"static const u1_t PROGMEM APPKEY[32] = {{ {HEX} }};"),
    ("a.rs", f"const API_SECRET: [u8; 32] = [{HEX}];"),
    ("a.java", f"private static final byte[] SECRET_KEY = new byte[] {{ {CAST} }};"),
    ("a.cs", f"byte[] secretKey = {{ {HEX} }};"),
    ("a.py", f"SECRET_KEY = bytes([{DECIMAL}])"),
    ("a.js", f"const secretKey = new Uint8Array([{DECIMAL}]);"),
    ("a.swift", f"let secretKey: [UInt8] = [{HEX}]"),
    ("a.json", f'{{"secretKey": [{DECIMAL}]}}'),
]
LEFT = [
    ("a.go", f"var lookup = []byte{{{HEX}}}"),
    ("a.go", f"var secretKeyTable = []byte{{{', '.join(map(str, range(32)))}}}"),
    ("a.go", f"var secretKey = []byte{{{', '.join(['0'] * 32)}}}"),
    ("a.go", f"var secretKey = []byte{{{', '.join(map(str, ROW[:12]))}}}"),
    ("searchindex.js", f"titleterms:{{keyword:[{','.join(str(byte >> 1) for byte in ROW)}],kill:2}}"),
    ("searchindex.js", f"titleterms:{{keyword:[{','.join(map(str, ROW[:19]))}],kill:2}}"),
    ("a.c", f"uint16_t secret_key[32] = {{ {', '.join(str(byte + 1000) for byte in ROW)} }};"),
    ("a.c", f"static const uint8_t public_key[32] = {{ {HEX} }};"),
    ("a.c", f"static const uint8_t keyboard[32] = {{ {HEX} }};"),
]


def scanned(detector: Detector, path: str, text: str, large: bool) -> list[tuple[str, str]]:
    chunks = [Chunk(text.encode() + b"\n", Origin("file", path.encode()))]
    chunks += [Chunk(NOISE, Origin("file", b"noise"))] if large else []
    return [(finding.secret.reveal().decode(), finding.confidence) for _, finding in detector.scan(chunks)]


LARGE = [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="needs Hyperscan"))]


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize(("path", "text"), FOUND)
def test_found(detector: Detector, path: str, text: str, large: bool):
    """As the hex of its bytes, in small scans and in large ones."""
    ((value, confidence),) = scanned(detector, path, text, large)

    assert (value, confidence) == (bytes(ROW).hex(), "high") or confidence == "medium"


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize(("path", "text"), LEFT)
def test_left(detector: Detector, path: str, text: str, large: bool):
    """Tables, counters, what is short, filled in later or public."""
    assert scanned(detector, path, text, large) == []


def test_what_a_test_brings_along_is_low(detector: Detector):
    """Crypto libraries are tested with hundreds of these."""
    assert scanned(detector, "crypto/aes_test.go", FOUND[0][1], large=False) == [(bytes(ROW).hex(), "low")]
