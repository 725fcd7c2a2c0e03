"""`todo console` as a process."""


def test_nothing_is_said_at_its_end(new_console, tmp_path):
    with new_console(state=tmp_path) as console:
        pass
    assert console.process.returncode == 0
    [said] = (tmp_path / "said").read_text().splitlines()
    assert said.startswith("the console is on ")
