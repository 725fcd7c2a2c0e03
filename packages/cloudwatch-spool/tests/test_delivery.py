from .harness import Delivery


def test_everything_written_is_delivered_once(delivery: Delivery) -> None:
    delivery.write(5000)

    assert delivery.drain() == 0
    audit = delivery.audit()
    assert audit.verdict == (0, 0, 0)
    assert len(audit.accepted) == 5000
    assert audit.duplicates == 0
    assert delivery.stub.get("violations") == []
