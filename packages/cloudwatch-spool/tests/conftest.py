"""Fixtures of the delivery tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import Delivery, Stub
from .local import Local


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


@pytest.fixture
def local(stub: Stub, tmp_path: Path) -> Local:
    """A spool and its shipper in this process, sending to the stub."""
    return Local(stub, tmp_path)
