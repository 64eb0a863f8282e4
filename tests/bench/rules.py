"""What the rules of many monitors cost a real Prometheus: seconds, share of a core, series, memory.

python3 tests/bench/rules.py [--monitors 100] [--features 50] [--replicas 3] [--minutes 10] [--evaluation 30s]

A Prometheus scrapes all pods for a while, without rules and with two hours in memory. Another one is given
the past that rules read, at the real scrape interval and as far back as they read it: thirty days of records,
days of counters: of one monitor first, each of whose rules is timed alone, in seconds of CPU; then of all
monitors, whose pods it scrapes and whose rules it evaluates at their real intervals. A hundred monitors take
half an hour, 10 GiB of memory and 10 GiB of disk; ten of them (`--monitors 10`) 20 minutes.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "operator"), str(ROOT / "hack"), str(ROOT / "tests")]
import example  # noqa: E402 - beside this file
import fleet  # noqa: E402
import longterm  # noqa: E402
from fleet import Fleet  # noqa: E402
from longterm import Prometheus  # noqa: E402

import progress  # noqa: E402 - from hack/, which is no package
from modelmonitor.api.duration import Duration  # noqa: E402
from modelmonitor.cli.backtesting import remotewrite  # noqa: E402
from modelmonitor.cli.backtesting.remotewrite import Series  # noqa: E402
from modelmonitor.plan import rulefile  # noqa: E402
from modelmonitor.plan.rules import Group, Recording, Rule  # noqa: E402

RESULTS = ROOT / "build" / "bench"
RUNS = 9
DEAREST = 12
SETTLING = 5.0
"""Minutes until every group has been evaluated once."""


@dataclass(frozen=True)
class Timed:
    """What a rule of one monitor takes alone, how often it is evaluated, and how many series it yields."""

    group: str
    rule: str
    seconds: float
    interval: float
    series: int

    @property
    def share(self) -> float:
        """The share of a core."""
        return self.seconds / self.interval


def recorded(server: Prometheus, asked: Fleet, end: int, evaluation: float) -> Iterator[Series]:
    """Evaluate the rules of the pattern in their order; yield what each has recorded ever since."""
    for group in asked.in_order:
        step = 1000 * round(seconds_between(group, evaluation))
        for rule in group.rules:
            if isinstance(rule, Recording):
                found = list(_recorded(server, asked, rule, end, step))
                server.write(found, {"": ""}, end - 1, end)
                yield from found


def _recorded(server: Prometheus, asked: Fleet, rule: Recording, end: int, step: int) -> Iterator[Series]:
    reach = asked.reach.get(rule.record, Duration(0))
    back = reach.milliseconds + fleet.MARGIN.milliseconds
    times = np.arange(end - back // step * step, end + 1, step, dtype=np.int64)
    for labels, value in server.api.at(rule.expr, end):
        head = remotewrite.series_head({**labels, **rule.labels, "__name__": rule.record})
        yield Series(head, times, np.full(times.size, value))


def timed(server: Prometheus, asked: Fleet, end: int, evaluation: float) -> Iterator[Timed]:
    """Ask for each rule of the pattern alone, several times; what asking takes for nothing does not count."""
    nothing, _ = seconds_of(server, "vector(0)", end)
    for group in asked.in_order:
        for rule in group.rules:
            seconds, series = seconds_of(server, rule.expr, end)
            interval = seconds_between(group, evaluation)
            yield Timed(group.name, _name(rule), max(0.0, seconds - nothing), interval, series)


def seconds_of(server: Prometheus, query: str, end: int) -> tuple[float, int]:
    """Return the seconds of CPU that an answer takes, and how many series it has."""
    taken = []
    for _ in range(RUNS):
        used = server.cpu()
        answer = server.api.at(query, end)
        taken.append(server.cpu() - used)
    return statistics.median(taken), len(answer)


def _name(rule: Rule) -> str:
    if not isinstance(rule, Recording):
        return f"{rule.alert} {rule.labels.get('severity', '')}"
    own = {"statistic", "metric", "outcome", "average", "quantile", "edge", "over", "on"}
    return " ".join([rule.record, *(f"{key}={it}" for key, it in rule.labels.items() if key in own)])


def seconds_between(group: Group, evaluation: float) -> float:
    """Return how often a group is evaluated."""
    return float(group.interval.seconds) if group.interval else evaluation


def measure(asked: Fleet, folder: Path, minutes: float, evaluation: str) -> dict[str, Any]:
    """Run everything; return the numbers."""
    seconds, raw = float(Duration.parse(evaluation).seconds), sum(len(pod.heads) for pod in asked.pods)
    without = scraped_only(asked, folder / "bare", minutes)
    end = int(time.time() * 1000)
    past = list(asked.counted(end))
    with longterm.knowing(folder / "pattern", past, end) as server:
        past += recorded(server, asked, end, seconds)
    with longterm.remembering(folder / "one", past, {example.PATTERN: example.PATTERN}, end) as server:
        progress.say("each rule of one monitor is timed alone")
        alone = list(timed(server, asked, end, seconds))
    progress.say(f"{asked.monitors * sum(one.times.size for one in past):,} samples are written")
    names = dict.fromkeys(asked.names, example.PATTERN)
    with longterm.remembering(folder / "all", past, names, end) as server, fleet.exposed(asked) as port:
        rules = f"{rule_files(asked, folder)}/*.json"
        server.configure({**scraping(asked, port, evaluation), "rule_files": [rules]})
        progress.say(f"scraping with rules, {minutes + SETTLING:g} minutes")
        time.sleep(SETTLING * 60)
        within = spent(server, minutes * 60)
        return {
            "machine": {"cpus": os.cpu_count(), "load": os.getloadavg()},
            "monitors": asked.monitors, "features": asked.features, "replicas": asked.replicas,
            "raw series": raw, "recorded series": len(past) - raw, "rules": len(alone),
            "bytes": asked.bytes,
            "rules by features": {number: Fleet(1, number, 1).rules for number in (1, 200)},
            "alone": [asdict(one) for one in alone], "without rules": without, "with rules": within,
            "groups": by_group(server),
            "missed": total(server, "prometheus_rule_group_iterations_missed_total"),
            "failed": total(server, "prometheus_rule_evaluation_failures_total"),
        }  # fmt: skip


def scraped_only(asked: Fleet, folder: Path, minutes: float) -> dict[str, float]:
    """Return what is spent without rules, by one that has scraped for two hours."""
    end, names = int(time.time() * 1000), dict.fromkeys(asked.names, example.PATTERN)
    with longterm.running(folder) as server, fleet.exposed(asked) as port:
        server.write_head(list(asked.counted(end)), names, end)
        server.configure(scraping(asked, port, "1m"))
        progress.say(f"scraping without rules, {minutes / 2 + 1:g} minutes")
        time.sleep(60)  # all pods are known
        found = spent(server, minutes * 30)
    shutil.rmtree(folder)
    return found


def scraping(asked: Fleet, port: int, evaluation: str) -> dict[str, Any]:
    """Return the config that scrapes all pods, each under the labels of its own."""
    jobs = [
        {"job_name": asked.named(job, name), "static_configs": [
            {"targets": [f"127.0.0.1:{port}"],
             "labels": {**asked.named(labels, name), "__metrics_path__": f"/{name}/{number}"}}
            for number, labels in enumerate(targets)
        ]}
        for name in asked.names for job, targets in asked.targets.items()
    ]  # fmt: skip
    return {
        "global": {"scrape_interval": example.SCRAPE, "evaluation_interval": evaluation},
        "scrape_configs": jobs,
    }


def rule_files(asked: Fleet, folder: Path) -> Path:
    """Write the rules of all monitors, a file each; return their folder."""
    rules = folder / "rules"
    rules.mkdir()
    document = json.dumps(rulefile.plain(asked.plan.groups))
    for name in asked.names:
        (rules / f"{name}.json").write_text(asked.named(document, name))
    return rules


def spent(server: Prometheus, seconds: float) -> dict[str, float]:
    """Return the cores that are used for so many seconds; memory and series at their end."""
    used, began = server.cpu(), time.monotonic()
    time.sleep(seconds)
    return {
        "cores": (server.cpu() - used) / (time.monotonic() - began),
        "resident": server.resident(),
        "heap": server.metric("go_memstats_heap_inuse_bytes") / 2**20,
        "series": server.metric("prometheus_tsdb_head_series"),
    }


def by_group(server: Prometheus) -> dict[str, dict[str, float]]:
    """Return how long groups of each name took last, among all others."""
    return {
        name: {"mean": statistics.fmean(values), "largest": max(values)}
        for name, values in server.by_group("prometheus_rule_group_last_duration_seconds").items()
    }


def total(server: Prometheus, name: str) -> float:
    """Add a metric up over all groups."""
    return sum(map(sum, server.by_group(name).values()))


def table(found: Mapping[str, Any]) -> str:
    """Write the numbers for people."""
    rules = [Timed(**one) for one in found["alone"]]
    every = sum(one.share for one in rules)
    return "\n".join(
        [
            *_groups(rules, found),
            f"each rule alone, of all monitors: {found['monitors'] * every:.3f} cores",
            "",
            *_dearest(rules, every),
            "",
            *_totals(found),
        ]
    )


def _groups(rules: Sequence[Timed], found: Mapping[str, Any]) -> Iterator[str]:
    """Tell what groups take: alone as seconds of CPU of a monitor and cores of all; beside others as time."""
    groups: dict[str, list[Timed]] = {}
    for one in rules:
        groups.setdefault(one.group, []).append(one)
    head = f"{'group':24}{'every s':>8}{'rules':>7}{'series':>8}{'alone ms':>10}{'cores':>9}"
    yield f"{head}{'mean ms':>9}{'most ms':>9}"
    for name, its in sorted(groups.items(), key=lambda it: -sum(one.share for one in it[1])):
        seconds, share = sum(one.seconds for one in its), sum(one.share for one in its)
        live = found["groups"][name]
        yield (
            f"{name:24}{its[0].interval:8.0f}{len(its):7}{sum(one.series for one in its):8}"
            f"{1e3 * seconds:10.1f}{found['monitors'] * share:9.3f}"
            f"{1e3 * live['mean']:9.1f}{1e3 * live['largest']:9.0f}"
        )


def _dearest(rules: Sequence[Timed], every: float) -> Iterator[str]:
    for one in sorted(rules, key=lambda it: -it.share)[:DEAREST]:
        told = f"{one.group:22} {one.rule:62}{1e3 * one.seconds:7.1f} ms{one.series:6} series"
        yield f"{told}{100 * one.share / every:6.1f} %"


def _totals(found: Mapping[str, Any]) -> Iterator[str]:
    for name in ("without rules", "with rules"):
        row = found[name]
        memory = f"{row['resident']:,.0f} MiB resident, {row['heap']:,.0f} MiB of heap"
        yield f"{name:14}{row['cores']:7.3f} cores, {memory}, {row['series']:,.0f} series"
    recorded = f"{found['raw series']:,} series of its pods, {found['recorded series']:,} recorded"
    yield f"a monitor: {recorded}, {found['rules']} rules in {found['bytes'] / 1024:.0f} KiB"
    counts = ", ".join(f"{rules} of {features}" for features, rules in found["rules by features"].items())
    yield f"rules by features: {counts}"
    yield f"missed evaluations of groups: {found['missed']:.0f}, failed rules: {found['failed']:.0f}"


def main() -> None:
    """Measure, print a table, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--monitors", type=int, default=100)
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--evaluation", default="30s", help="of groups that have no interval of their own")
    wanted = parser.parse_args()
    asked = Fleet(wanted.monitors, wanted.features, wanted.replicas)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(asked, Path(folder), wanted.minutes, wanted.evaluation)
    print(table(found))
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "rules.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
