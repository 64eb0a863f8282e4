"""All that the operator and the evaluator must agree on.

Names are here; `families` has the metrics, `config` the evaluator's config, `profile` the reference.
"""

from modelmonitor.wire.names import *  # noqa: F403 - the names are this room's vocabulary
