"""gRPC passes the evaluator unharmed, unread and counted."""

from pathlib import Path

from evaluator import running
from evaluator.running import free_port
from servers.serving import serving

CONFIG = {"monitor": "diabetes", "model": {"task": "Regression"}}


def test_kserves_grpc_client_sees_no_evaluator_before_its_server(tmp_path: Path) -> None:
    port = free_port()
    with (
        serving("kserve", tmp_path, str(port)) as server,
        running.evaluator(tmp_path / "evaluator", CONFIG, upstream=port) as evaluator,
    ):
        direct = server.run("kserve_grpc_client.py", f"127.0.0.1:{port}")
        assert [len(it) for it in direct[1:]] == [1, 30]
        assert server.run("kserve_grpc_client.py", f"127.0.0.1:{evaluator.proxy}") == direct
        evaluator.wait("events_dropped_total", 1, reason="unparsed")
        assert evaluator.total("events_dropped_total") == 1
        assert evaluator.total("requests_total") == evaluator.total("predictions_total") == 0
