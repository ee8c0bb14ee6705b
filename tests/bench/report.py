"""What every benchmark shares: medians, the A/A noise, and the file and table that they end with."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
from typing import Any, Callable, Hashable, Iterable, TypeVar

Key = TypeVar("Key", bound=Hashable)
Measured = TypeVar("Measured")


@dataclasses.dataclass(frozen=True)
class Row:
    """One measured figure. `goal` bounds `ratio` where there is one, else `ours`; None: the figure has no bar."""
    case: str
    metric: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    noise: float | None = None
    runs: int = 1
    goal: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        value = self.ours if self.ratio is None else self.ratio
        return value >= self.goal if self.at_least else value <= self.goal

    def to_json(self) -> dict[str, Any]:
        def rounded(value: float | None) -> float | None:
            return None if value is None else round(value, 3)
        return {"case": self.case, "metric": self.metric, "unit": self.unit, "ours": rounded(self.ours), "peer": rounded(self.peer),
                "peerName": self.peer_name, "ratio": rounded(self.ratio), "noise": rounded(self.noise), "runs": self.runs,
                "goal": self.goal, "met": self.met}


def interleave(rounds: int, variants: dict[Key, Callable[[], Measured]]) -> dict[Key, list[Measured]]:
    """Runs every variant once a round, so that whatever the machine does besides falls on all of them."""
    results: dict[Key, list[Measured]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, measure in variants.items():
            results[name].append(measure())
    return results


def added(with_it: list[float], without: list[float]) -> float:
    """The median of what the one costs more than the other, round by round."""
    return statistics.median(a - b for a, b in zip(with_it, without))


def noise(first: list[float], second: list[float]) -> float:
    """How far two runs of the same thing lie apart, in the median: what a difference must exceed to mean something."""
    return statistics.median(abs(a - b) for a, b in zip(first, second))


def times(peer: float, ours: float, floor: float) -> float:
    """How many times cheaper ours is. Below the noise the noise stands for it: at least so many times."""
    return peer / max(ours, floor)


def table(rows: Iterable[Row]) -> str:
    def figure(value: float | None) -> str:
        return "" if value is None else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
    rows = list(rows)
    case, metric = (2 + max([len(text), *(len(getattr(row, text)) for row in rows)]) for text in ("case", "metric"))
    lines = [f"{'case':<{case}}{'metric':<{metric}}{'unit':<6}{'ours':>12}{'peer':>12}{'ratio':>9}{'noise':>9}{'goal':>12}  met   peer"]
    for row in rows:
        goal = "" if row.goal is None else f"{'>=' if row.at_least else '<='} {row.goal:g}"
        met = {None: "", True: "yes", False: "NO"}[row.met]
        lines.append(f"{row.case:<{case}}{row.metric:<{metric}}{row.unit:<6}{figure(row.ours):>12}{figure(row.peer):>12}{figure(row.ratio):>9}"
                     f"{figure(row.noise):>9}{goal:>12}  {met:<5} {row.peer_name or ''}")
    return "\n".join(lines)


def machine() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, Linux {platform.release()}"


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def write(out: pathlib.Path, name: str, rows: list[Row], **more: Any) -> None:
    """Writes OUT/NAME.json and prints the table."""
    out.mkdir(parents=True, exist_ok=True)
    body = {"name": name, "machine": machine(), "commit": commit(), "rows": [row.to_json() for row in rows], **more}
    (out / f"{name}.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
