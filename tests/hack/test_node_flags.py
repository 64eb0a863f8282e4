"""What the node's programs are told."""

import os
from pathlib import Path

from cluster import node_flags


def test_a_configuration_that_is_right_already_is_not_written_again(tmp_path: Path) -> None:
    file = node_flags.written(tmp_path / "etc" / "kube-proxy.json", {"mode": "nftables"})
    os.utime(file, (1, 1))
    assert node_flags.written(file, {"mode": "nftables"}).stat().st_mtime == 1


def test_a_changed_configuration_is_written(tmp_path: Path) -> None:
    file = node_flags.written(tmp_path / "kube-proxy.json", {"mode": "nftables"})
    assert node_flags.written(file, {"mode": "iptables"}).read_text() == '{\n  "mode": "iptables"\n}'
