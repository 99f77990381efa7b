"""Borrowing a GPU is nothing where none is lent."""

from __future__ import annotations

import importlib.util

import pytest

from detector.engines.zerogpu import gpu


@pytest.mark.skipif(importlib.util.find_spec("spaces") is not None, reason="spaces is installed")
def test_without_spaces_a_function_stays_itself():
    def double(number: int) -> int:
        return 2 * number

    assert gpu(double) is double
