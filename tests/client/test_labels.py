"""Labels that the client sends: again and again while their prediction is unknown, never twice if taken."""

from modelmonitor.client import Monitor


def test_a_label_arrives_with_its_time_if_it_has_one(evaluator):
    monitor = Monitor(evaluator.url, token=" secret\n")
    monitor.label("8d2f", "churn")
    monitor.label(7, 0.5, time=1764158400.0)
    assert monitor.flush(20)
    assert evaluator.labels == [
        {"id": "8d2f", "actual": "churn"},
        {"id": "7", "actual": 0.5, "time": 1764158400.0},
    ]
    assert evaluator.tokens == {"Bearer secret"}
    assert monitor.labels == {"joined": 2, "dropped": 0}


def test_a_label_that_comes_before_its_prediction_is_sent_again_and_no_other(evaluator):
    evaluator.known = lambda name: name == "early" or sum(it["id"] == name for it in evaluator.labels) >= 3
    monitor = Monitor(evaluator.url)
    monitor.label("early", 1)
    monitor.label("late", 0)
    assert monitor.flush(20)
    assert [it["id"] for it in evaluator.labels] == ["early", "late", "late", "late"]
    assert monitor.labels == {"joined": 2, "dropped": 0}


def test_labels_that_a_busy_evaluator_refuses_are_sent_again(evaluator):
    evaluator.answers = [503, 503]
    monitor = Monitor(evaluator.url)
    monitor.label("a", 1)
    assert monitor.flush(20)
    assert evaluator.labels == [{"id": "a", "actual": 1}]
    assert evaluator.requests == 3


def test_patience_with_an_unknown_prediction_ends(evaluator):
    evaluator.known = lambda _: False
    monitor = Monitor(evaluator.url, label_patience=0.3)
    monitor.label("nobody", 1)
    assert monitor.flush(20)
    assert monitor.labels == {"dropped": 1}
    assert 1 < len(evaluator.labels) < 6


def test_an_answer_that_is_none_loses_the_labels_and_says_so(evaluator):
    evaluator.answers = [202, 401]
    monitor = Monitor(evaluator.url)
    for name in ("answers nothing", "forbidden", "fine"):
        monitor.label(name, 1)
        assert monitor.flush(20)
    assert monitor.labels == {"joined": 1, "dropped": 2}


def test_a_label_that_is_no_json_is_dropped_and_its_neighbours_are_not(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.label("function", print)
    monitor.label("fine", [1, 2])
    assert monitor.flush(20)
    assert evaluator.labels == [{"id": "fine", "actual": [1, 2]}]
    assert monitor.labels == {"joined": 1, "dropped": 1}
