"""What a monitor of the cluster lacks once there is a reference: lines for its owner to add."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from modelmonitor.cli.initialising import checking, draft
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.cluster.kinds import Object


def lines(seen: Seen, monitor: Object) -> list[str]:
    """Return what to add to the spec: the reference, and what can be watched by it and is not yet.

    Nothing where the monitor has a reference already, which is renewed: its owner has chosen then.

    Raises
    ------
    click.ClickException
        If the monitor would be refused with this reference.
    """
    kept = checking.checked(seen, lambda it: _with(monitor, _lines(it, monitor)))
    return _lines(kept, monitor)


def _lines(seen: Seen, monitor: Object) -> list[str]:
    present = {name for name, block in monitor["spec"].items() if block is not None}
    return [] if "reference" in present else [*draft.reference(seen), *draft.judgements(seen, present)]


def _with(monitor: Object, added: Sequence[str]) -> Mapping[str, Any]:
    return {**monitor, "spec": {**monitor["spec"], **(yaml.safe_load("\n".join(added)) or {})}}
