"""A server for the tests is found, or its absence is told."""

import shutil
from pathlib import Path

import pytest

import redis_server


def test_an_installed_server_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "valkey-server"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.binary() == installed


def test_where_none_can_be_had_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELMONITOR_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("apt-get") is None
    with pytest.raises(redis_server.ServerMissingError, match="expected one of redis-server"):
        redis_server.binary()
