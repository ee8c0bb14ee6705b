"""The applications, by name. A module a family; each exports APPLICATIONS, a tuple of instances."""
from __future__ import annotations

import importlib

from servers.application import Application

MODULES = ("java", "php", "python", "node", "dotnet", "models")


def applications() -> dict[str, Application]:
    """All that there are, in the order in which they are measured."""
    return {application.name: application for module in MODULES
            for application in importlib.import_module(f"servers.stacks.{module}").APPLICATIONS}
