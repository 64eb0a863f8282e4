"""Films that are proposed to users, as ranked lists: popular ones of the genres that a user has liked."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from realdata import packages
from realdata.streaming import checks, distances, protocols, replaying, story
from realdata.streaming.story import Case, Told

QUERIES = 100_000 if story.THOROUGH else 1_500
LENGTH, DEPTHS = 20, (5, 10, 20)
GOOD = 4.0
VISIT = 8
"""Ratings of a user from one proposal to the next."""


@dataclass
class _Visits:
    """Proposals and what followed: features, ranked films, and the gain of each film that was then liked."""

    columns: dict[str, list] = field(default_factory=lambda: {"rated": [], "mean": [], "genre": []})
    ranked: list[list[int]] = field(default_factory=list)
    gains: list[dict[str, float]] = field(default_factory=list)


def _visits() -> tuple[_Visits, _Visits]:
    """Let every user's past speak for a proposal, and the next ratings for its truth; half is reference."""
    films = packages.movielens()
    order = np.argsort(films["timestamp"], kind="stable")
    film, user, rating = (films[name][order] for name in ("movieId", "userId", "rating"))
    genre = np.array([(it or "none").split("|")[0] for it in films["genres"][order]])
    then = len(order) // 2
    popular = _popular(film[:then][rating[:then] >= GOOD])
    genres = dict(zip(film.tolist(), genre.tolist(), strict=True))
    found = _Visits(), _Visits()
    for one in np.unique(user):
        rows = np.flatnonzero(user == one)
        for start in range(VISIT, len(rows), VISIT):
            past, future = rows[:start], rows[start : start + VISIT]
            followed = dict(zip(film[future].tolist(), rating[future].tolist(), strict=True))
            _visit(found[int(past[-1] >= then)], (film[past], rating[past]), followed, (popular, genres))
    return found


def _popular(liked: np.ndarray) -> list[int]:
    films, counts = np.unique(liked, return_counts=True)
    return films[np.lexsort((films, -counts))][:400].tolist()


def _visit(
    visits: _Visits,
    past: tuple[np.ndarray, np.ndarray],
    followed: Mapping[int, float],
    films: tuple[list[int], Mapping[int, str]],
) -> None:
    """Propose what is popular and not yet seen, the user's favourite genre first."""
    popular, genres = films
    liked = [genres[it] for it in past[0][past[1] >= GOOD].tolist()]
    favourite = max(sorted(set(liked)), key=liked.count) if liked else "none"
    seen = set(past[0].tolist())
    fresh = [it for it in popular if it not in seen]
    visits.ranked.append(sorted(fresh, key=lambda it: genres[it] != favourite)[:LENGTH])
    visits.columns["rated"].append(len(past[0]))
    visits.columns["mean"].append(float(past[1].mean()))
    visits.columns["genre"].append(favourite)
    visits.gains.append({str(it): rating - GOOD + 1 for it, rating in followed.items() if rating >= GOOD})


@pytest.fixture(scope="module")
def visits() -> tuple[_Visits, _Visits]:
    return _visits()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, redis: Path, visits: tuple[_Visits, _Visits]) -> Case:
    before, after = visits
    reference = replaying.reference(
        tmp_path_factory.mktemp("reference") / "visits.parquet",
        {name: np.array(it) for name, it in before.columns.items()},
        "--task", "Ranking", "--segment", "genre",
    )  # fmt: skip
    rows = min(QUERIES, len(after.gains))
    columns = {name: it[:rows] for name, it in after.columns.items()}
    gains = after.gains[:rows]
    requests = protocols.requests(columns, replaying.sizes(rows, 6), protocols.open_inference, "visit")
    return Case(
        name="films",
        config={"model": {"task": "Ranking", "rankingDepths": DEPTHS, "segments": ["genre"]}},
        reference=reference,
        columns=columns,
        recorded={"outputs": [{"name": "films", "datatype": "INT64", "data": after.ranked[:rows]}]},
        parts=story.parts(requests, gains, [{} if it else {"1": 1.0} for it in gains]),
        redis=redis,
    )


def test_every_query_is_counted_once_and_matures_once(case: Case, told: Told) -> None:
    checks.requests(case, told)
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell_and_distances_are_those_of_the_rows(
    case: Case, told: Told, visits: tuple[_Visits, _Visits]
) -> None:
    checks.features(case, told)
    for column in case.reference["columns"]:
        name = column["name"]
        rows = visits[0].columns[name], [case.columns[name][row] for row in case.sent]
        distances.check(told.merged, column, rows)


def test_quality_is_that_of_each_list(case: Case, told: Told) -> None:
    places, ranked = case.of_ids(), case.recorded["outputs"][0]["data"]
    queries = [(ranked[places[id_]], it) for id_, it in told.book.counted.items() if it is not None]
    merged = told.merged
    without = sum(not gains for _, gains in queries)
    assert merged.total("ranking_queries_without_relevant_total", segment="") == without
    judged = [_judged(films, gains) for films, gains in queries if gains]
    count = merged.total("ranking_queries_total", segment="")
    assert count == len(judged)
    mean = {name: np.mean([one[name] for one in judged]) for name in judged[0]}
    mean |= _ndcg([(films, gains) for films, gains in queries if gains])
    assert merged.total("reciprocal_rank_sum", segment="") / count == pytest.approx(mean["mrr"], abs=1e-9)
    for depth in DEPTHS:
        for family in ("ndcg_sum", "average_precision_sum", "hits_sum", "precision_sum", "recall_sum"):
            ours = merged.total(family, segment="", k=str(depth)) / count
            assert ours == pytest.approx(mean[f"{family}@{depth}"], abs=1e-9), (family, depth)


def _judged(ranked: list[int], gains: Mapping[str, float]) -> dict[str, float]:
    """Judge one list, straight from the definitions."""
    hits = [str(film) in gains for film in ranked]
    found = {"mrr": next((1 / rank for rank, hit in enumerate(hits, 1) if hit), 0.0)}
    for depth in DEPTHS:
        top = hits[:depth]
        precisions = [sum(top[: rank + 1]) / (rank + 1) for rank, hit in enumerate(top) if hit]
        found[f"average_precision_sum@{depth}"] = sum(precisions) / min(len(gains), depth)
        found[f"hits_sum@{depth}"] = float(any(top))
        found[f"precision_sum@{depth}"] = sum(top) / depth
        found[f"recall_sum@{depth}"] = sum(top) / len(gains)
    return found


def _ndcg(queries: list[tuple[list[int], Mapping[str, float]]]) -> dict[str, float]:
    """Let scikit-learn judge all lists at once: a row each, with a place for every film ranked or liked."""
    width = LENGTH + VISIT
    truth, score = np.zeros((2, len(queries), width))
    for row, (ranked, gains) in enumerate(queries):
        films = dict.fromkeys([*map(str, ranked), *gains])
        truth[row, : len(films)] = [gains.get(film, 0.0) for film in films]
        score[row, : len(ranked)] = range(len(ranked), 0, -1)
    return {f"ndcg_sum@{depth}": metrics.ndcg_score(truth, score, k=depth) for depth in DEPTHS}


def test_genres_are_told_apart(case: Case, told: Told) -> None:
    places = case.of_ids()
    counts: dict[str, int] = defaultdict(int)
    for id_, gains in told.book.counted.items():
        if gains:
            counts[case.columns["genre"][places[id_]]] += 1
    known = case.reference["segments"][0]["values"]
    for genre in known:
        assert told.merged.total("ranking_queries_total", segment=f"genre={genre}") == counts.pop(genre, 0)
    assert told.merged.total("ranking_queries_total", segment="genre=__other__") == sum(counts.values())


def test_any_number_of_evaluators_counts_the_same(tell: Callable[[int], Told]) -> None:
    for number in story.NUMBERS[1:]:
        checks.same(tell(1), tell(number))
