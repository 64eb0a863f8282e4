"""The Open Inference Protocol v2, JSON and binary tensors, either way round in request and response.

Features are tensors of one column each ([N] or [N, 1], by name), one tensor [N, F] whose columns have the
reference's names in order, or both: a wide tensor has the names that the others leave.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import prod
from typing import Any, TypeVar

import msgspec
import numpy as np

from modelmonitor.evaluator.ingest import binary, documents, paths
from modelmonitor.evaluator.ingest.answers import Answers
from modelmonitor.evaluator.ingest.documents import Buffer
from modelmonitor.evaluator.ingest.message import Message, row_ids
from modelmonitor.evaluator.ingest.reading import Refused, malformed
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

PATHS = ("/v2/models/*/infer", "/v2/models/*/versions/*/infer")
MAX_RANK = 8


class _Tensor(msgspec.Struct, gc=False):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | None = None
    parameters: dict[str, Any] | None = None


class _Request(msgspec.Struct):
    inputs: list[_Tensor]
    id: str | int | None = None
    parameters: dict[str, Any] | None = None


class _Response(msgspec.Struct):
    outputs: list[_Tensor]
    id: str | int | None = None
    parameters: dict[str, Any] | None = None


_Flat = tuple[int, int, Values, str]
"""Rows, values a row, the values row by row, and their datatype; no class: there is one for each feature."""

_Document = TypeVar("_Document", _Request, _Response)

_requests = msgspec.json.Decoder(_Request)
_responses = msgspec.json.Decoder(_Response)


class OpenInference:
    """Reads messages of one model."""

    def __init__(self, scheme: Scheme) -> None:
        columns = scheme.config.capture.columns
        self._answers = Answers(scheme)
        self._names = scheme.names
        self._known = {*scheme.names, *(column.name for column in scheme.columns)}
        self._id = columns.id
        self._id_path = paths.path(columns.id) if columns.id else None

    def rows(self, message: Message) -> Rows:
        """Return the predictions of a message."""
        request, tail = _read(_requests, message.request, message.request_headers)
        plain = None if self._id else _plain(request.inputs, tail)
        inputs = {} if plain else _flats(request.inputs, tail)
        response, tail = _read(_responses, message.response, message.response_headers)
        outputs = _flats(response.outputs, tail)
        own = (self._own_id(inputs, request), self._own_id(outputs, response)) if self._id else ()
        if plain:
            count, features = plain
        else:
            count = next(iter(inputs.values()))[0] if inputs else 0
            features = self._features(inputs, count)
        prediction, score = self._answers.judged(_by_row(outputs), count)
        ids = row_ids(message, count, own, (request.id, response.id))
        return Rows(count, features, prediction, score, ids, message.time)

    def _own_id(self, flats: dict[str, _Flat], document: _Request | _Response) -> Values | Any:
        """Take the configured id out of the tensors, or find it in the document."""
        if self._id in flats:
            return (flats.pop if len(flats) > 1 else flats.__getitem__)(self._id)[2]
        if self._id_path is None:
            return None
        return paths.found({"id": document.id, "parameters": document.parameters}, self._id_path)

    def _features(self, inputs: Mapping[str, _Flat], count: int) -> dict[str, Values]:
        features: dict[str, Values] = {}
        nameless: list[_Flat] = []
        named = len(inputs) > 1
        for name, flat in inputs.items():
            rows, width, values, _ = flat
            if rows != count:
                raise malformed()
            if width == 1 and (named or name in self._known or not self._names):
                features[name] = values
            else:
                nameless.append(flat)
        if nameless and self._names and count:
            names = [name for name in self._names if name not in features] if features else self._names
            _name(nameless, names, features)
        return features


def _read(
    decoder: "msgspec.json.Decoder[_Document]", body: bytes, headers: Mapping[bytes, bytes]
) -> tuple[_Document, Buffer]:
    """Return the JSON of a message, and the bytes of its binary tensors."""
    text, tail = binary.split(body, headers)
    try:
        return documents.typed(decoder, text), tail
    except Refused:
        if binary.HEADER in headers or (end := binary.seam(body)) is None:
            raise
    return documents.typed(decoder, body[:end]), memoryview(body)[end:]


def _name(flats: Sequence[_Flat], names: Sequence[str], features: dict[str, Values]) -> None:
    if sum(flat[1] for flat in flats) != len(names):
        raise Refused(Loss.FEATURE_COUNT)
    start = 0
    for count, width, values, _ in flats:
        chosen = names[start : start + width]
        if count == 1:
            features.update(zip(chosen, ([value] for value in values), strict=True))
        else:
            features.update((name, values[number::width]) for number, name in enumerate(chosen))
        start += width


def _by_row(flats: Mapping[str, _Flat]) -> dict[str, Values]:
    outputs: dict[str, Values] = {}
    for name, (count, width, values, datatype) in flats.items():
        if isinstance(values, np.ndarray):
            outputs[name] = values if width == 1 else values.reshape(count, width)
            continue
        flat = _fractions(values) if datatype.startswith(("FP", "BF")) else values
        outputs[name] = flat if width == 1 else [flat[at : at + width] for at in range(0, len(flat), width)]
    return outputs


def _fractions(values: Sequence[Any]) -> Sequence[Any]:
    """Undo what writers of JSON do that write 1.0 as 1."""
    if int not in set(map(type, values)):
        return values
    return [float(value) if type(value) is int and abs(value) < 1 << 1000 else value for value in values]


def _plain(tensors: Sequence[_Tensor], tail: Buffer) -> tuple[int, dict[str, Values]] | None:
    """Read what most requests are, in little time: several tensors of JSON, each a column, of one shape.

    None: it is something else.
    """
    shape = tensors[0].shape if len(tensors) > 1 else []
    if len(shape) != 1 or tail:
        return None
    count = shape[0]
    features: dict[str, Values] = {}
    for tensor in tensors:
        data = tensor.data
        if data is None or tensor.shape != shape or tensor.parameters or len(data) != count:
            return None
        features[tensor.name] = data
    return count, features


def _flats(tensors: Sequence[_Tensor], tail: Buffer) -> dict[str, _Flat]:
    flats: dict[str, _Flat] = {}
    position = count = width = cells = 0
    shape: list[int] | None = None
    for tensor in tensors:
        if tensor.shape != shape:
            shape = tensor.shape
            count, width = _extent(shape)
            cells = count * width
        parameters = tensor.parameters
        if parameters is None or (size := binary.size(parameters)) is None:
            values: Values = _of_json(tensor.data, shape, cells)
        else:
            values = _of_bytes(tensor, cells, tail[position : position + size])
            position += size
        flats[tensor.name] = (count, width, values, tensor.datatype)
    if position != len(tail):
        raise malformed()
    return flats


def _of_bytes(tensor: _Tensor, size: int, data: Buffer) -> Values:
    if tensor.data is not None:
        raise malformed()
    values = binary.values(tensor.datatype, size, data)
    return values.tolist() if isinstance(values, np.ndarray) and tensor.shape[0] == 1 else values


def _extent(shape: Sequence[int]) -> tuple[int, int]:
    """Return rows and values a row; a shape that promises rows of nothing promises too much."""
    if not 1 <= len(shape) <= MAX_RANK or min(shape) < 0:
        raise malformed()
    if shape[0] == 0:
        return 0, 1
    width = prod(shape[1:])
    if width == 0:
        raise malformed()
    return shape[0], width


def _of_json(values: list[Any] | None, shape: Sequence[int], size: int) -> list[Any]:
    if values and len(shape) > 1 and type(values[0]) is list:
        values = _flattened(values, shape)
    if values is None or len(values) != size:
        raise malformed()
    return values


def _flattened(values: list[Any], shape: Sequence[int]) -> list[Any]:
    for length in shape[1:]:
        if set(map(type, values)) != {list} or set(map(len, values)) != {length}:
            raise malformed()
        values = list(chain.from_iterable(values))
    return values
