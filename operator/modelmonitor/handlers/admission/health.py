"""Why no pod can get an evaluator at the moment, for the conditions of monitors."""

from dataclasses import dataclass


@dataclass(slots=True)
class Health:
    """What stands against the webhook; every part writes its own field.

    Attributes
    ----------
    off
        Why this operator injects nothing at all.
    certificate
        What is wrong with the Secret of the certificate.
    configuration
        What is wrong with the configuration by which the API server asks us.
    """

    off: str = ""
    certificate: str = ""
    configuration: str = ""

    @property
    def complaint(self) -> str:
        """Say what stands against it; empty when all is well."""
        return self.off or self.certificate or self.configuration
