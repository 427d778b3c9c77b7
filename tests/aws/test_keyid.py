"""Ids decode to kind, account and canary, and to nothing where the layout does not hold."""

from __future__ import annotations

import pytest
from aws_ids import make
from hypothesis import given
from hypothesis import strategies as st

from leakstop.aws.keyid import account_of, canary, canary_accounts, is_example, kind_of

# Published examples, cut in two so that nothing which looks like a key stands here.
PUBLISHED = {
    ("ASIA", "Y34FZKBOKMUTVV7A"): "609629065308",
    ("AKIA", "QYLPMN5HHHFPZAM2"): "052310077262",
    ("AKIA", "IOSFODNN7EXAMPLE"): None,
    ("ASIA", "IOSFODNN7EXAMPLE"): None,
    ("AKIA", "I44QH8DHBEXAMPLE"): None,  # 8 is no base32
    ("AKIA", "RZPUZDIKACNDYXL6"): "123456789012",
    ("AKIA", "RTX3GSDSQCNDYXL6"): "111122223333",
    ("AKIA", "QAAAAAAAQCNDYXL6"): "000000000001",
    ("AKIA", "6RVFFB77QCNDYXL6"): "999999999999",
    ("AROA", "RZPUZDIKACNDYXL6Q"): "123456789012",  # 21 characters
    ("AKIA", "IZPUZDIKACNDYXL6"): None,  # flag bit clear
    ("AKIA", "P777777777777777"): None,
    ("AKIA", "7777777777777777"): None,  # a number of thirteen digits
    ("AKIA", "RZPUZDIKACNDYXL"): None,
    ("AKIA", ""): None,
}


@pytest.mark.parametrize(("parts", "account"), PUBLISHED.items(), ids=map("_".join, PUBLISHED))
def test_account(parts, account):
    assert account_of("".join(parts)) == account


@given(st.integers(0, 999_999_999_999), st.binary(min_size=4, max_size=4), st.integers(0, 127), st.sampled_from(["AKIA", "ASIA"]))
def test_every_account_comes_back(account, rest, low, prefix):
    assert account_of(make(account, rest, low, prefix)) == f"{account:012d}"


@given(st.integers(1_000_000_000_000, (1 << 40) - 1))
def test_numbers_that_are_no_account(number):
    assert account_of(make(number)) is None


@given(st.text())
def test_any_text_is_answered(text):
    assert account_of(text) is None or account_of(text).isdecimal()
    assert kind_of(text) or text[:4] not in ("AKIA", "ASIA")


def test_canaries():
    assert len(canary_accounts()) == 29
    assert all(len(account) == 12 and account.isdecimal() and owner for account, owner in canary_accounts().items())
    assert canary("052310077262") == "canarytokens.org"
    assert canary("123456789013") == canary(None) == ""
    assert canary("123456789013", ("123456789013",))


@pytest.mark.parametrize(
    ("value", "answer"),
    {
        "AKIA" + "IOSFODNN7EXAMPLE": True,
        "wJalrXUtnFEMI/K7MDENG/bPxRfi" + "CYEXAMPLEKEY": True,
        "AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT" + "x" * 80: True,
        make(123456789012): False,
    }.items(),
)
def test_examples_of_the_documentation(value, answer):
    assert is_example(value) is answer
