"""Model servers that are recognised, and what they speak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.cli.legible import in_one_line
from modelmonitor.wire.config import Protocol


@dataclass(frozen=True, slots=True)
class Server:
    """A model server.

    Attributes
    ----------
    signs
        Words in image, command, arguments or variables by which it is known.
    paths
        Where it is asked for predictions; empty: where its protocol says.
    features
        With protocol Json: where the features are in a request.
    note
        What else to know of it.
    """

    name: str
    protocol: Protocol
    signs: Sequence[str]
    paths: Sequence[str] = ()
    features: str = ""
    note: str = ""


_LONGEST_NAME = 60
_TEXTS = "it answers with text: availability and latency are watched; drift needs features that requests lack"
SERVERS = (
    Server("MLServer", Protocol.OPEN_INFERENCE, ("mlserver",)),
    Server("Triton", Protocol.OPEN_INFERENCE, ("tritonserver", "triton")),
    Server("OpenVINO Model Server", Protocol.OPEN_INFERENCE, ("openvino/model_server", "ovms")),
    Server(
        "vLLM",
        Protocol.JSON,
        ("vllm",),
        ("/v1/completions", "/v1/chat/completions"),
        "prompt",
        _TEXTS,
    ),
    Server(
        "KServe",
        Protocol.KSERVE_V1,
        ("kserve", "sklearnserver", "xgbserver", "lgbserver", "paddleserver", "pmmlserver"),
        note="an InferenceService owns its Deployment, and may undo what others change on it: see "
        "mode CloudEvents with its payload logger",
    ),
    Server("TensorFlow Serving", Protocol.KSERVE_V1, ("tensorflow/serving", "tensorflow_model_server")),
    Server("TorchServe", Protocol.JSON, ("torchserve",), ("/predictions/*",), "data"),
    Server("MLflow", Protocol.MLFLOW, ("mlflow",)),
    Server("Seldon", Protocol.JSON, ("seldon",), ("/api/v*/predictions",), "data.ndarray"),
    Server("BentoML", Protocol.JSON, ("bentoml",), ("/predict",), "input_data"),
    Server("Ray Serve", Protocol.JSON, ("rayproject", "ray serve"), ("/predict",), "instances"),
)
UNKNOWN = Server(
    "an unknown server",
    Protocol.JSON,
    (),
    ("/predict",),
    "instances",
    "say where predictions are asked for, and where the features are in a request",
)


def recognised(words: str, probed: Sequence[str], index: Mapping[str, Any] | None) -> Server:
    """Return the server of a container, or an unknown one.

    Parameters
    ----------
    words
        Image, command, arguments and variables, in lower case.
    probed
        Paths of its probes.
    index
        What it answered to GET /v2, if it did: the Open Inference Protocol's own description.
    """
    found = next((it for it in SERVERS if any(sign in words for sign in it.signs)), None)
    if index is None and not any(path.startswith("/v2/") for path in probed):
        return found or UNKNOWN
    if found is not None and found.protocol is Protocol.OPEN_INFERENCE:
        return found
    said = in_one_line(str((index or {}).get("name", "")), _LONGEST_NAME)
    told = said or (found.name if found else "a server")
    return Server(told, Protocol.OPEN_INFERENCE, (), note=found.note if found else "")
