"""What every application of `stacks/` is: the package's docstring tells how to write one."""
from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servers.place import Place
    from servers.truth import Visit


class Goal(enum.Enum):
    """What the evidence can decide of an application, and so what is asked of its paths."""
    DETERMINED = "every tier's calls tell which request they are for"
    WITNESSED = "a tier serves many requests at once and forwards what it was sent: distinct URLs tell them apart"
    UNDECIDED = "a tier serves many requests at once and nothing tells them apart: what cannot be known must be said"


class Application:
    name: str
    packages: tuple[str, ...]  # of Debian
    programs: tuple[str, ...]  # names or paths, of what those packages bring
    goal = Goal.DETERMINED
    repeats = 5  # of each case

    def entry(self, place: Place) -> str:
        raise NotImplementedError

    def client(self, place: Place) -> list[str]:
        """The command that asks; native/loadclient has the options that it must know."""
        return [place.program("loadclient")]

    def start(self, place: Place) -> None:
        raise NotImplementedError

    def visits(self, place: Place) -> list[Visit]:
        raise NotImplementedError
