"""The engine with all rules, as most tests of it want it."""

import pytest

from leakstop.detect import databases
from leakstop.detect.detector import Detector
from leakstop.detect.prefilter import available
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load


@pytest.fixture(scope="module")
def detector() -> Detector:
    """With Hyperscan's databases at hand: without them a scan of little takes another way, and would here in every case."""
    compiled = compile_rules(load())
    if available():
        databases.of(compiled)
    return Detector(compiled)
