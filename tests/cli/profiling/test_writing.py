"""Where a profile goes: files change at once as a whole, and what is no file of its own stays what it is."""

import os
from pathlib import Path

from modelmonitor.cli.profiling import output


def test_whoever_reads_a_file_meanwhile_reads_all_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "reference.json"
    file.write_text("old")
    with file.open() as reading:
        output.write(file, "new")
        assert (reading.read(), file.read_text()) == ("old", "new")
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_or_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDWR)  # of both ends, so that nobody waits for the other one
    try:
        output.write(pipe, "counts")
        assert pipe.is_fifo()
        assert os.read(reading, 100) == b"counts"
    finally:
        os.close(reading)


def test_a_link_such_as_that_of_stdout_goes_on_leading_where_it_led(tmp_path: Path) -> None:
    file, link = tmp_path / "reference.json", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    output.write(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
