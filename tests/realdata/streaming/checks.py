"""What must be true of every data set, whatever its task."""

from realdata.streaming import oracle, story
from realdata.streaming.story import Case, Told


def features(case: Case, told: Told) -> None:
    """Every value that was sent is in its cell; those of columns without any are counted apart."""
    sent, profiled = case.sent.tolist(), {column["name"] for column in case.reference["columns"]}
    for column in case.reference["columns"]:
        values = case.columns[column["name"]]
        oracle.check_column(told.merged, column, [values[row] for row in sent])
    others = case.columns.keys() - profiled - {case.config.get("capture", {}).get("columns", {}).get("id")}
    unexpected = sum(case.columns[name][row] is not None for name in others for row in sent)
    assert told.merged.total("unexpected_columns_total") == unexpected


def labels(told: Told) -> None:
    """Labels became what the rules say, their senders were told so, and each lag is in its cell."""
    oracle.check_labels(told.merged, told.book.outcomes, told.answered)
    edges, cells = told.merged.cells("label_lag_seconds")
    places = [sum(lag > edge for edge in edges) for lag in story.LAGS]
    assert [cells[place] for place in places] == list(told.joined)
    assert sum(cells) == sum(told.joined)


def rows(case: Case, told: Told) -> None:
    """Every row is counted once, every prediction with an id matures once, nothing else is lost."""
    merged, sent = told.merged, len(case.sent)
    assert merged.total("predictions_total") == sent
    assert merged.total("predictions_without_id_total") == sent - sum(len(part.ids) for part in case.parts)
    distinct = len({*case.parts[0].ids, *case.parts[1].ids})
    assert merged.total("cohort_predictions_total") == len(told.book.counted) == distinct - len(told.lost)
    assert told.given_up == len(told.lost)
    labelled = sum(it is not None for it in told.book.counted.values())
    assert merged.by("cohort_labelled_total", "source") == {"explicit": labelled}
    first = {id_ for id_ in case.parts[0].ids if id_ in told.book.counted}
    assert told.early.total("cohort_predictions_total") == len(first)
    assert told.early.total("cohort_labelled_total") == sum(told.book.counted[it] is not None for it in first)
    repeated = sum(len(part.ids) for part in case.parts) - distinct
    assert merged.by("events_dropped_total", "reason") == ({"repeated_id": repeated} if repeated else {})


def requests(case: Case, told: Told) -> None:
    """Every request went through the proxy, and is counted with its rows."""
    merged, sizes = told.merged, [request.rows for request in case.requests]
    assert merged.having("requests_total", code="2xx", outcome="ok").popitem()[1] == len(sizes)
    assert merged.total("requests_total") == len(sizes)
    edges, cells = merged.cells("batch_size")
    places = [sum(size > edge for edge in edges) for size in sizes]
    assert cells == [places.count(place) for place in range(len(cells))]
    assert merged.total("batch_size_sum") == sum(sizes)
    assert merged.total("request_bytes_sum") == sum(len(request.body) for request in case.requests)


def same(one: Told, other: Told) -> None:
    """Two numbers of evaluators have counted the same; sums of doubles may differ by their rounding."""
    mine, theirs = one.merged.comparable(), other.merged.comparable()
    assert mine.keys() == theirs.keys()
    for key, value in mine.items():
        if value != theirs[key]:
            assert key[0].endswith("_sum")
            assert abs(value - theirs[key]) <= 1e-12 * abs(value)
