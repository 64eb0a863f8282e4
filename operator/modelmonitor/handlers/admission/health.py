"""Why no pod can get an evaluator at the moment, for the conditions of monitors."""

from dataclasses import dataclass


@dataclass(slots=True)
class Health:
    """What stands against the webhook.

    Attributes
    ----------
    off
        Why this operator injects nothing at all.
    trouble
        What was wrong when certificate and configuration were last looked at.
    """

    off: str = ""
    trouble: str = "the webhook was not looked at yet"

    @property
    def complaint(self) -> str:
        """Say what stands against it; empty when all is well."""
        return self.off or self.trouble
