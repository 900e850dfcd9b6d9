"""A whole number that a double is not is found, whatever its type; all others are left alone."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.doubles import is_rounded, rounded

TYPES = ["<i8", ">i8", "<u8", ">u8", "<i4", ">u4", "<i2", "|u1"]


@pytest.mark.parametrize("name", TYPES)
@given(st.data())
def test_many_are_what_each_is(name: str, data: st.DataObject) -> None:
    """By fractions, which round nothing."""
    dtype = np.dtype(name)
    least, most = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    near = st.sampled_from([53, 54, 62, 63, 64]).flatmap(
        lambda power: st.integers(2**power - 3, 2**power + 3)
    )
    one = st.integers(least, most) | near.filter(lambda number: number <= most)
    numbers = data.draw(st.lists(one, max_size=9))
    sent = np.array(numbers, dtype)
    value = sent.astype(np.float64)
    expected = [Fraction(float(number)) != Fraction(number) for number in numbers]
    found = rounded(sent, value)
    assert (found is not None) == any(expected)
    assert found is None or found.tolist() == expected
    assert [is_rounded(number, float(number)) for number in numbers] == expected


@given(st.lists(st.floats() | st.sampled_from([2.0**53, 2.0**60, 1e300])))
def test_a_double_is_what_it_is(numbers: list[float]) -> None:
    """Endless and unknown ones too."""
    sent = np.array(numbers, np.float64)
    assert rounded(sent, sent) is None
    assert not any(is_rounded(one, one) for one in numbers)
