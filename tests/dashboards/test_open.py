"""`modelmonitor open` in a real browser, with a real Prometheus that holds the example's history."""

import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tools
from dashboards import browser
from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Series
from modelmonitor.cli.opening import exporting, sources
from modelmonitor.cli.opening.serving import Server
from modelmonitor.cli.opening.site import Site
from modelmonitor.cli.opening.sources import FromFile
from modelmonitor.cli.reaching.address import Address
from modelmonitor.cli.reaching.prometheus import Prometheus as Asked
from modelmonitor.plan import names
from preview import example, history
from preview.example import MONITOR
from preview.server import Prometheus

pytestmark = pytest.mark.promtool

END = 1_795_000_200 // 300 * 300
SPAN = history.Span(END - 12 * history.HOUR, END)
BOARDS = ("executive", "technical", "datascience")
ROWS_OF_PANELS = "[...document.querySelectorAll('section.panel')].map(it => it.innerText)"
EMPTY = (
    "[...document.querySelectorAll('section.panel')].filter(it => it.querySelector('.none'))"
    ".map(it => it.innerText)"
)


class Clock:
    """The time of the server, which the test moves."""

    def __init__(self) -> None:
        self.now = END

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with the history of half a day."""
    tools.paths(["prometheus", "promtool"])
    with Prometheus(tmp_path_factory.mktemp("prometheus"), written=True) as running:
        history.record(running, SPAN, SPAN, lambda _: None)
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(prometheus: Prometheus, clock: Clock) -> Iterator[Server]:
    """The server of `open`, on the monitor of the preview."""
    site = Site(FromFile(MONITOR, example.profile()), lambda _: prometheus, clock)  # type: ignore[arg-type]
    with Server(0, site.get) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.mark.parametrize("board", BOARDS)
async def test_every_panel_shows_data_and_nothing_complains(
    server: Server, tmp_path: Path, board: str
) -> None:
    async with browser.page(tmp_path) as page:
        await page.show(f"{server.url}/ml/churn/{board}?range=6h")
        await page.until("document.documentElement.dataset.refreshed")
        assert len(await page.ask(ROWS_OF_PANELS)) > 5
        assert await page.ask(EMPTY) == []
        told = await page.ask("document.getElementById('told').innerText")
        assert "breached" in told
        assert "warning alert" in told
        assert page.complaints == []
        asked = {it.partition("?")[0] for it in page.requests if not it.startswith("data:")}
        assert asked == {f"{server.url}/ml/churn/{board}"}


async def test_a_refresh_shows_what_has_come_since(
    server: Server, prometheus: Prometheus, clock: Clock, tmp_path: Path
) -> None:
    panels = "[...document.querySelectorAll('section.panel')]"
    left = f"{panels}.find(it => it.innerText.startsWith('Least budget'))"
    async with browser.page(tmp_path) as page:
        await page.show(f"{server.url}/ml/churn/executive?range=6h&refresh=5s")
        before = await page.ask(f"{left}.innerText")
        clock.now += 60
        labels = {"__name__": names.BUDGET_REMAINING, **names.identity(MONITOR, MONITOR.spec.objectives[0])}
        spent = Series(remotewrite.series_head(labels), np.array([clock.now * 1000]), np.array([-9.87]))
        with prometheus.writer() as writer:
            writer.write([spent])
        await page.until(f"{left}.innerText.includes('-987%')")
        assert "-987%" not in before
        assert page.complaints == []


async def test_rows_choices_and_times_are_in_the_address_and_work_without_a_mouse(
    server: Server, tmp_path: Path
) -> None:
    async with browser.page(tmp_path) as page:
        await page.show(f"{server.url}/ml/churn/technical")
        await page.press("Tab")
        assert await page.ask("document.activeElement.className") == "skip"
        folded = await page.ask("document.querySelectorAll('section.panel').length")
        row = "document.querySelector('h2 a[aria-expanded=false]')"
        await page.ask(f"{row}.click()")
        await page.until("document.querySelector('h2 a[aria-expanded=true]') !== null")
        assert await page.ask("document.querySelectorAll('section.panel').length") > folded
        await page.ask("(form => {form.elements.range.value = '1h'; "
                       "form.elements.range.dispatchEvent(new Event('change', {bubbles: true}))})"
                       "(document.getElementById('choices'))")  # fmt: skip
        await page.until("location.search.includes('range=1h') && location.search.includes('open=')")
        assert page.complaints == []


async def test_on_a_narrow_window_panels_stand_under_one_another(server: Server, tmp_path: Path) -> None:
    async with browser.page(tmp_path, width=520) as page:
        await page.show(f"{server.url}/ml/churn/technical")
        lefts = "new Set([...document.querySelectorAll('section.panel')].map(it => it.offsetLeft)).size"
        assert await page.ask(lefts) == 1
        assert await page.ask("document.documentElement.scrollWidth <= window.innerWidth")


async def test_an_exported_page_needs_nothing_but_itself(prometheus: Prometheus, tmp_path: Path) -> None:
    opened = sources.Opened(MONITOR, sources.planned(MONITOR, example.profile()))
    file = tmp_path / "churn.html"
    file.write_text(exporting.exported(opened, prometheus, "6h", END))
    async with browser.page(tmp_path / "profile") as page:
        await page.show(file.as_uri())
        assert len(await page.ask(ROWS_OF_PANELS)) > 40
        assert await page.ask(EMPTY) == []
        numbers = "[...document.querySelectorAll('[id]')].map(it => it.id)"
        every = await page.ask(numbers)
        assert len(every) == len(set(every))
        assert await page.ask("document.scripts.length") == 0
        assert [it for it in page.requests if not it.startswith("data:")] == [file.as_uri()]
        assert page.complaints == []


def test_a_panel_without_data_says_which_series_are_missing(server: Server, clock: Clock) -> None:
    clock.now = END + 40 * history.DAY
    text = server.get("/ml/churn/technical?range=6h").text
    said = Words(text).said
    assert "Prometheus has no slo:error_budget:ratio" in said
    assert "recorded by the monitor's rules: are they loaded" in said


def test_a_prometheus_that_is_away_is_told_at_the_top_and_in_every_panel(clock: Clock) -> None:
    away = Asked(Address("http://127.0.0.1:9"), 5.0)
    site = Site(FromFile(MONITOR, example.profile()), lambda _: away, clock)
    said = Words(site.get("/ml/churn/executive").text).said
    assert "Prometheus does not answer" in said
    assert "connection refused; check the address" in said
    assert said.count("no answer") > 5


def test_only_this_machine_s_own_names_are_served(server: Server) -> None:
    import http.client

    for host, status in (("evil.example", 421), (f"localhost:{server.server_port}", 302), ("127.0.0.1", 421)):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
        connection.request("GET", "/", headers={"Host": host})
        assert connection.getresponse().status == status, host
        connection.close()


def test_what_a_reader_writes_into_the_address_is_not_believed(server: Server) -> None:
    bad = '"><script>alert(1)</script>'
    answer = server.get(f"/ml/churn/technical?var-objective={bad}&range={bad}&open=x&width=-1&theme={bad}")
    assert answer.status == 200
    assert "alert(1)" not in answer.text
    assert server.get("/ml/other/technical").status == 404
    assert server.get("/ml/churn/nothing").status == 404


class Words(HTMLParser):
    """The text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said = ""
        self.feed(html)

    def handle_data(self, data: str) -> Any:
        self.said += f" {data}"
