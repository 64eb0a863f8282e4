"""Schemes, exchanges and bodies as clients and servers write them, for all tests of this folder."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.ingest import Ingest, Reading
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire import scheme as schemes
from modelmonitor.wire.config import Capture, Columns, EvaluatorConfig, Model, Protocol, Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.profile import Column, ColumnType, Profile
from modelmonitor.wire.scheme import Scheme

NUMPY = {
    "BOOL": "?", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8", "INT8": "<i1", "INT16": "<i2", "INT32": "<i4",
    "INT64": "<i8", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
}  # fmt: skip


def scheme(
    protocol: Protocol = Protocol.OPEN_INFERENCE,
    *,
    task: Task = Task.BINARY,
    numeric: Sequence[str] = ("age", "income"),
    categorical: Sequence[str] = (),
    reference: bool = True,
    classes: Sequence[str] = (),
    positive: str = "1",
    columns: Mapping[str, Any] | None = None,
    **capture: Any,
) -> Scheme:
    """Return the scheme of a model with numeric and categorical features, in this order."""
    model = Model(task=task, classes=tuple(classes), positive_class=positive)
    config = EvaluatorConfig(
        monitor="churn",
        model=model,
        capture=Capture(protocol=protocol, columns=Columns(**(columns or {})), **capture),
    )
    known = [
        *(Column(name=name, type=ColumnType.NUMERIC, edges=(0.0,), counts=(1, 1)) for name in numeric),
        *(Column(name=name, type=ColumnType.CATEGORICAL, counts=(1,)) for name in categorical),
    ]
    return schemes.scheme(config, Profile(rows=2, columns=tuple(known)) if reference else None)


def exchange(
    request: bytes | Any,
    response: bytes | Any,
    headers: Mapping[str, str] | None = None,
    answered: Mapping[str, str] | None = None,
    status: int = 200,
) -> Exchange:
    """Return an exchange; what is no bytes is written as JSON."""
    return Exchange(
        method="POST",
        target="/v2/models/churn/infer",
        request_headers={name.encode(): value.encode() for name, value in (headers or {}).items()},
        request_body=request if isinstance(request, bytes | None) else json.dumps(request).encode(),
        status=status,
        response_headers={name.encode(): value.encode() for name, value in (answered or {}).items()},
        response_body=response if isinstance(response, bytes | None) else json.dumps(response).encode(),
        outcome=Outcome.OK,
        ended=1_700_000_000.0,
        seconds=0.01,
    )


def read(of: Scheme, *args: Any, **kwargs: Any) -> Reading:
    """Read one exchange."""
    return Ingest(of).read(exchange(*args, **kwargs))


def rows(of: Scheme, *args: Any, **kwargs: Any) -> Rows:
    """Read one exchange that must give rows."""
    reading = read(of, *args, **kwargs)
    assert reading.rows is not None, reading
    assert not reading.losses
    return reading.rows


def lost(of: Scheme, *args: Any, **kwargs: Any) -> Loss:
    """Read one exchange that must be lost as a whole."""
    reading = read(of, *args, **kwargs)
    assert reading.rows is None
    ((loss, number),) = reading.losses
    assert number == 1
    return loss


def listed(columns: Any) -> Any:
    """Return columns, or one, as plain lists."""
    if isinstance(columns, dict):
        return {name: listed(values) for name, values in columns.items()}
    return None if columns is None else np.asarray(columns, dtype=object).tolist()


def tensor(
    name: str, data: Any, datatype: str = "FP64", shape: Sequence[int] | None = None
) -> dict[str, Any]:
    """Return a tensor of Open Inference, JSON."""
    return {
        "name": name,
        "shape": list(np.shape(data)) if shape is None else list(shape),
        "datatype": datatype,
        "data": data,
    }


def packed(key: str, *tensors: dict[str, Any], **more: Any) -> tuple[bytes, dict[str, str]]:
    """Return a message with its tensors in binary, and the header that tells where they begin."""
    written, tail = [], b""
    for one in tensors:
        raw = raw_values(one["datatype"], one["data"])
        written.append(
            {name: it for name, it in one.items() if name != "data"}
            | {"parameters": {"binary_data_size": len(raw)}}
        )
        tail += raw
    text = json.dumps({key: written, **more}).encode()
    return text + tail, {"inference-header-content-length": str(len(text))}


def raw_values(datatype: str, data: Any) -> bytes:
    """Return the bytes of a tensor's values."""
    if datatype == "BYTES":
        texts = [text.encode() for text in np.asarray(data, dtype=object).ravel()]
        return b"".join(len(text).to_bytes(4, "little") + text for text in texts)
    if datatype == "BF16":
        return (np.asarray(data, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return np.asarray(data, NUMPY[datatype]).tobytes()
