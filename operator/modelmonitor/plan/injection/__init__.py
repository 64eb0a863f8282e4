"""The evaluator in a model's pods: what is added, what stands against it, the marks that ask for it."""

from modelmonitor.plan.injection.adding import inject
from modelmonitor.plan.injection.described import injection
from modelmonitor.plan.injection.marking import marks, unmarked
from modelmonitor.plan.injection.obstacles import foreign_obstacle, obstacle, scrape_warning
from modelmonitor.plan.injection.patch import operations
from modelmonitor.plan.injection.services import service_obstacle
from modelmonitor.plan.injection.versions import version

__all__ = [
    "foreign_obstacle",
    "inject",
    "injection",
    "marks",
    "obstacle",
    "operations",
    "scrape_warning",
    "service_obstacle",
    "unmarked",
    "version",
]
