"""Fixtures of the delivery tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import Delivery, Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A CloudWatch that is this test's own."""
    stub = Stub()
    yield stub
    stub.close()


@pytest.fixture
def delivery(stub: Stub, tmp_path: Path) -> Iterator[Delivery]:
    """A spool, its writers and shippers, and the stub behind them."""
    delivery = Delivery(stub, tmp_path)
    yield delivery
    delivery.close()
