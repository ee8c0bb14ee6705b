"""The clocks of hosts that a scenario has put off, and what the correlator made of them."""
from __future__ import annotations

import bisect
from typing import Any, Mapping


class Clocks:
    """Turns the times of an export into those of the machine, which all hosts of a scenario share.

    The corrections that the export names are taken back, and so is what the scenario itself put a host's clock off by: the
    ground truth is found in the paths by times that owe nothing to the correlator.
    """

    def __init__(self, corrections: list[dict[str, Any]], off_ns: Mapping[str, int]) -> None:
        """`corrections`: `clocks` of an export; `off_ns`: host -> by how much the agent's clock was put off."""
        self._knots = {clock["host"]: [(int(knot["timeNs"]), int(knot["offsetNs"])) for knot in clock["knots"]] for clock in corrections}
        self._off_ns = off_ns

    def real(self, host: str, time_ns: int) -> int:
        return time_ns + self._correction(host, time_ns) - self._off_ns.get(host, 0)

    def _correction(self, host: str, time_ns: int) -> int:
        knots = self._knots.get(host)
        if not knots:
            return 0
        at = bisect.bisect_right(knots, (time_ns, 0))
        if at in (0, len(knots)):
            return knots[max(at - 1, 0)][1]
        (begin, first), (end, last) = knots[at - 1:at + 1]
        return first + (last - first) * (time_ns - begin) // (end - begin)


RIGHT = Clocks([], {})
