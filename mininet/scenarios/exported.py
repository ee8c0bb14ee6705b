"""Reads an export of paths (docs/formats.md) one path after another: it may be larger than the memory."""
from __future__ import annotations

import json
import pathlib
import re
from typing import Any, Iterator, TextIO

CHUNK = 4 << 20
BETWEEN = re.compile(r"[ \r\n\t,]*")  # one path and the next


def read_head(file: pathlib.Path) -> dict[str, Any]:
    """All that stands before the paths."""
    with file.open() as stream:
        head, _ = _to_paths(stream)
        return json.loads(head + "]}")


def read_paths(file: pathlib.Path) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    with file.open() as stream:
        _, text = _to_paths(stream)
        at = 0
        while True:
            at = BETWEEN.match(text, at).end()
            if text.startswith("]", at):
                return
            try:
                path, at = decoder.raw_decode(text, at)
            except ValueError:
                more = stream.read(max(CHUNK, len(text) - at))
                if not more:
                    raise ValueError(f"{stream.name} ends within a path") from None
                text, at = text[at:] + more, 0
                continue
            yield path


def _to_paths(stream: TextIO) -> tuple[str, str]:
    """What was read, up to the bracket before the first path, and behind it."""
    text = ""
    while not (found := re.search(r'"paths"\s*:\s*\[', text)):
        more = stream.read(CHUNK)
        if not more:
            raise ValueError(f"{stream.name} is not an export: it has no paths")
        text += more
    return text[:found.end()], text[found.end():]
