"""How the acting replica renews the certificate: trusted before it is served, and after it was."""

import asyncio
import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelmonitor import wire
from modelmonitor.cluster import certificates, webhooks
from modelmonitor.cluster.kinds import Kind
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.errors import Conflict, Forbidden, Unreachable
from modelmonitor.handlers.admission.health import Health
from modelmonitor.handlers.admission.keeping import Keeping, Pace
from modelmonitor.handlers.admission.reaching import NOT_YET

Json = dict[str, Any]
START = datetime(2026, 11, 26, tzinfo=UTC)
WEBHOOK = Webhook("system", "modelmonitor-webhook", port=9443)
PACE = Pace(look=5.0, resync=60.0, settle=30.0, grace=120.0)
SECRET, HOOK = "Secret", "MutatingWebhookConfiguration"


@dataclass
class Objects:
    """One object of each kind, refused like the API server does."""

    live: dict[str, Json] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    refuses: dict[str, Exception] = field(default_factory=dict)
    looked: int = 0
    reached: bool = True
    """Whether packets from the API server reach the webhook."""
    rehearsed: int = 0
    version: int = 0

    async def get(self, kind: Kind, *_: object) -> Json | None:
        self._refuse(kind.kind)
        return copy.deepcopy(self.live.get(kind.kind))

    async def look(self, kind: Kind, *_: object) -> Json | None:
        self.looked += 1
        return await self.get(kind)

    async def create(self, manifest: Json) -> Json:
        self._refuse(manifest["kind"])
        if manifest["kind"] in self.live:
            raise Conflict("it exists")
        return self._store(manifest)

    async def rehearse(self, manifest: Json) -> Json:
        self._refuse(manifest["kind"])
        self.rehearsed += 1
        tried = copy.deepcopy(manifest)
        if self.reached:
            tried["metadata"]["labels"][wire.LABEL_TRIAL] = "answered"
        return tried

    async def replace(self, manifest: Json) -> Json:
        self._refuse(manifest["kind"])
        live = self.live.get(manifest["kind"], {"metadata": {}})
        if manifest["metadata"]["resourceVersion"] != live["metadata"].get("resourceVersion"):
            raise Conflict("it has changed")
        return self._store(manifest)

    def _store(self, manifest: Json) -> Json:
        self.version += 1
        stored = copy.deepcopy(manifest)
        stored["metadata"]["resourceVersion"] = str(self.version)
        self.live[manifest["kind"]] = stored
        self.writes.append(manifest["kind"])
        return stored

    def _refuse(self, kind: str) -> None:
        if kind in self.refuses:
            raise self.refuses[kind]


@dataclass
class Scene:
    """A replica that acts, and time."""

    objects: Objects = field(default_factory=Objects)
    health: Health = field(default_factory=Health)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.keeping = self.replica()

    def replica(self) -> Keeping:
        """Give one that knows nothing yet."""
        return Keeping(self.objects, WEBHOOK, PACE, self.health, now=self.now, clock=lambda: self.seconds)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def after(self, seconds: float = 0.0, **more: float) -> None:
        """Let time pass, then look."""
        self.seconds += seconds + timedelta(**more).total_seconds()
        asyncio.run(self.keeping.look())

    @property
    def served(self) -> str:
        pair = certificates.read(self.objects.live.get(SECRET))
        return pair.certificate if pair else ""

    @property
    def trusted(self) -> list[str]:
        return webhooks.trusted(self.objects.live.get(HOOK))


@pytest.fixture
def scene() -> Scene:
    """An installation that has found its peace."""
    found = Scene()
    found.after()
    found.after(5)
    found.after(200)
    found.objects.writes.clear()
    return found


def test_the_first_certificate_is_trusted_and_served_at_once() -> None:
    scene = Scene()
    scene.after()
    assert scene.objects.writes == [HOOK, SECRET]
    assert scene.trusted == [scene.served]


def test_nothing_is_written_for_the_first_two_thirds_of_its_life(scene: Scene) -> None:
    for _ in range(59):
        scene.after(days=1)
    assert scene.objects.writes == []


def test_a_new_certificate_is_trusted_long_before_it_is_served_and_the_old_one_long_after(
    scene: Scene,
) -> None:
    old = scene.served
    scene.after(days=61)
    assert scene.objects.writes == [HOOK]
    assert (scene.served, scene.trusted[0], len(scene.trusted)) == (old, old, 2)
    new = scene.trusted[1]
    scene.after(29)
    assert scene.served == old
    scene.after(1)
    assert scene.served == new
    for seconds in (5, 100, 14):
        scene.after(seconds)
        assert set(scene.trusted) == {old, new}
    scene.after(6)
    assert scene.trusted == [new]
    assert scene.objects.writes.count(SECRET) == 1


def test_a_replica_that_takes_over_in_the_middle_begins_anew_and_keeps_what_serves(scene: Scene) -> None:
    old = scene.served
    scene.after(days=61)
    abandoned = scene.trusted[1]
    scene.keeping = scene.replica()
    scene.after(29)
    assert scene.served == old
    assert scene.trusted[0] == old
    assert abandoned in scene.trusted
    scene.after(30)
    new = scene.served
    assert new not in (old, abandoned)
    scene.after(5)
    assert old in scene.trusted
    scene.after(200)
    assert scene.trusted == [new]


def test_two_that_act_at_once_end_with_one_certificate(scene: Scene) -> None:
    one, two = scene.keeping, scene.replica()
    scene.seconds += timedelta(days=61).total_seconds()
    for _ in range(20):
        for replica in (one, two):
            scene.keeping = replica
            try:
                scene.after(2.5)
            except Conflict:
                continue
    assert scene.objects.writes.count(SECRET) == 1
    scene.after(200)
    assert scene.trusted == [scene.served]


def broken(scene: Scene) -> None:
    scene.objects.live[SECRET]["data"]["tls.key"] = "eA=="


def gone(scene: Scene) -> None:
    del scene.objects.live[SECRET]


@pytest.mark.parametrize("damage", [broken, gone])
def test_a_damaged_secret_waits_for_trust_while_replicas_serve_from_memory(scene: Scene, damage: Any) -> None:
    old = scene.served
    damage(scene)
    scene.after(5)
    assert scene.objects.writes == [HOOK]
    assert old in scene.trusted
    scene.after(30)
    assert scene.served not in ("", old)
    scene.after(5)
    assert set(scene.trusted) == {old, scene.served}


def test_where_nothing_serves_any_more_nothing_is_waited_for(scene: Scene) -> None:
    scene.after(days=91)
    assert scene.objects.writes == [HOOK, SECRET]
    assert scene.trusted == [scene.served]


def test_a_certificate_for_another_service_is_replaced_at_once() -> None:
    scene = Scene()
    elsewhere = certificates.make("elsewhere.system.svc", START)
    asyncio.run(scene.objects.create(certificates.written(elsewhere, "system", None, {})))
    scene.after()
    pair = certificates.read(scene.objects.live[SECRET])
    assert pair is not None
    assert pair.serves(WEBHOOK.host, scene.now())


def test_a_certificate_that_somebody_else_had_us_trust_is_dropped(scene: Scene) -> None:
    rogue = certificates.make(WEBHOOK.host, START).certificate
    hook = scene.objects.live[HOOK]["webhooks"][0]["clientConfig"]
    hook["caBundle"] = certificates.bundle([rogue, scene.served])
    scene.after(60)
    assert scene.trusted == [scene.served]


def test_without_the_right_to_configure_there_is_a_certificate_and_it_is_kept_as_long_as_it_serves() -> None:
    scene = Scene()
    scene.objects.refuses[HOOK] = Forbidden("no right to configure")
    scene.after()
    first = scene.served
    assert first
    scene.after(days=61)
    assert scene.served == first
    scene.after(days=30)
    assert scene.served not in ("", first)


def test_what_is_wrong_is_known_and_forgotten_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    async def look(scene: Scene) -> str:
        await scene.keeping._try()
        return scene.health.complaint

    scene = Scene()
    for kind, error in ((SECRET, Unreachable("nobody answers")), (HOOK, Forbidden("no right to configure"))):
        scene.objects.refuses = {kind: error}
        assert asyncio.run(look(scene)) == str(error)
        assert asyncio.run(look(scene)) == str(error)
    scene.objects.refuses = {SECRET: Conflict("it has changed")}
    assert asyncio.run(look(scene)) == "no right to configure"
    scene.objects.refuses = {SECRET: KeyError("x")}
    assert "because of a bug" in asyncio.run(look(scene))
    scene.objects.refuses = {}
    scene.seconds += 300
    assert asyncio.run(look(scene)) == ""
    assert [one.getMessage() for one in caplog.records if "get no evaluator" in one.getMessage()][:2] == [
        "pods get no evaluator: nobody answers", "pods get no evaluator: no right to configure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "owner"),
    [({"ClusterRole", "Namespace"}, "ClusterRole"), ({"Namespace"}, "Namespace"), (set(), None)],
)
def test_what_is_kept_goes_with_the_role_that_allows_it_or_else_with_the_namespace(
    there: set[str], owner: str | None
) -> None:
    scene = Scene()
    for kind in ("ClusterRole", "Namespace"):
        scene.objects.live[kind] = {"metadata": {"name": "n", "uid": f"of a {kind}"}}
        if kind not in there:
            scene.objects.refuses[kind] = Forbidden(f"no right to get a {kind}")
    scene.after()
    for kind in (SECRET, HOOK):
        owners = scene.objects.live[kind]["metadata"].get("ownerReferences", [])
        assert [(one["kind"], one["uid"]) for one in owners] == ([(owner, f"of a {owner}")] if owner else [])


def test_the_owner_is_asked_for_once_and_again_when_what_it_owned_is_gone() -> None:
    scene = Scene()
    scene.objects.live["ClusterRole"] = {"metadata": {"name": "n", "uid": "first"}}
    scene.after()
    scene.objects.looked = 0
    for _ in range(10):
        scene.after(60)
    assert scene.objects.looked == 0
    scene.objects.live["ClusterRole"] = {"metadata": {"name": "n", "uid": "second"}}
    del scene.objects.live[HOOK]  # as the garbage collector does, whose owner is gone
    scene.after(60)
    assert scene.objects.live[HOOK]["metadata"]["ownerReferences"][0]["uid"] == "second"
    scene.keeping.forget()
    scene.after()
    assert scene.objects.looked > 0


def complaints(scene: Scene, *pauses: float) -> list[str]:
    """Give what is said after each of several pauses."""

    async def look() -> str:
        await scene.keeping._try()
        return scene.health.complaint

    said = []
    for seconds in pauses:
        scene.seconds += seconds
        said.append(asyncio.run(look()))
    return said


def test_that_the_api_server_cannot_reach_the_webhook_is_known_though_all_is_well_on_our_side(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene(Objects(reached=False))
    said = complaints(scene, 0, 1, 28.9, 0.1)
    assert [one.levelname for one in caplog.records if "evaluator" in one.getMessage()] == ["WARNING"]
    assert set(said[:3]) == {NOT_YET}
    for part in ("port 9443", "modelmonitor-webhook.system", "firewalls", "NetworkPolicies", "failurePolicy"):
        assert part in said[3]
    scene.objects.reached = True
    assert complaints(scene, 60) == [""]


def test_it_is_tried_often_at_first_and_then_less_and_less() -> None:
    scene = Scene(Objects(reached=False))
    complaints(scene, *[1.0] * 31)
    assert scene.objects.rehearsed == 31
    complaints(scene, *[1.0] * 300)
    assert 31 + 8 <= scene.objects.rehearsed <= 31 + 12
    scene.objects.reached = True
    complaints(scene, 60)
    scene.objects.rehearsed = 0
    complaints(scene, *[5.0] * 120)
    assert scene.objects.rehearsed == 10, "once every resync"


def test_a_new_leader_tries_anew() -> None:
    scene = Scene()
    assert complaints(scene, 0, 5) == ["", ""]
    scene.objects.reached = False
    scene.keeping.forget()
    assert complaints(scene, 0) == [NOT_YET]


def test_what_hinders_the_trial_says_nothing_of_the_webhook() -> None:
    scene = Scene(Objects(refuses={"Lease": Forbidden("no right to create leases")}))
    assert complaints(scene, 0, 60, 60) == ["", "", ""]
    scene.objects.refuses, scene.objects.reached = {}, False
    assert complaints(scene, 60, 60)[1]
    scene.objects.refuses = {"Lease": Unreachable("nobody answers")}
    assert complaints(scene, 60)[0], "nor that it is well again"


def test_a_platform_that_keeps_us_away_from_our_own_namespace_says_nothing_of_the_others() -> None:
    scene = Scene(Objects(reached=False))
    scene.objects.live["Namespace"] = {
        "metadata": {"name": "system", "uid": "u", "labels": {"control-plane": "1"}}
    }
    complaints(scene, 0)
    _, trial = scene.objects.live[HOOK]["webhooks"]
    trial["namespaceSelector"]["matchExpressions"].append(
        {"key": "control-plane", "operator": "DoesNotExist"}
    )
    assert complaints(scene, 60) == [""]
