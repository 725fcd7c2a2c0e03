"""How a load test goes, by the samples that k6 has written so far."""

import pytest

from todo.console.progress import Progress

AT_MS = 1_795_428_000_000


@pytest.fixture
def samples(tmp_path):
    """Call it with a moment in seconds, a metric and its values to add samples."""

    class Samples:
        path = tmp_path / "samples.csv"

        def add(self, second, metric, *values):
            with self.path.open("a") as file:
                for value in values:
                    file.write(f"{metric},{AT_MS + second * 1000},{value},,,rest\n")

    return Samples()


def test_rate_percentiles_failures_and_users_are_those_of_the_samples(samples):
    progress = Progress(samples.path)
    samples.path.write_text("metric_name,timestamp,metric_value,check,error,rest\n")
    samples.add(0, "http_req_duration", *[10.0] * 94, *[500.0] * 6)
    samples.add(1, "http_req_failed", *[0] * 97, *[1] * 3)
    samples.add(1, "vus", 4, 7)
    samples.add(2, "http_req_duration", 20.0)
    found = progress.look()
    assert (found["requests"], found["failed"], found["users"]) == (101, 3, 7)
    assert found["p50_ms"] == pytest.approx(10, rel=0.05)
    assert found["p99_ms"] == pytest.approx(500, rel=0.05)
    assert found["steps"]["per_s"] == [50.0]  # the second that is not over is not shown
    assert found["steps"]["failed_per_s"] == [1.5]
    assert found["steps"]["users"] == [7]
    assert found["steps"]["p95_ms"] == pytest.approx([500], rel=0.05)


def test_a_line_that_is_half_written_is_counted_once_it_is_whole(samples):
    progress = Progress(samples.path)
    assert progress.look()["requests"] == 0
    samples.path.write_text(f"http_req_duration,{AT_MS},1")
    assert progress.look()["requests"] == 0
    with samples.path.open("a") as file:
        file.write("0.0,,,rest\n")
    assert progress.look()["requests"] == progress.look()["requests"] == 1


def test_only_the_last_five_minutes_are_kept_in_steps(samples):
    progress = Progress(samples.path)
    for second in range(0, 3600, 2):
        samples.add(second, "http_req_duration", 1.0)
    found = progress.look()
    assert (found["requests"], found["seconds"]) == (1800, 3598)
    assert len(found["steps"]["per_s"]) < 150
    assert len(progress._steps) == 150


def test_lines_that_are_no_samples_do_no_harm(samples):
    samples.path.write_text("vus,soon,1,x\nvus\nhttp_req_failed,5,,\nhttp_req_durationx,1,nan,,\n")
    assert Progress(samples.path).look()["requests"] == 0
