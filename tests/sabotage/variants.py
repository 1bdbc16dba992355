"""What is done wrong, and who has to notice. Read from `variants.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("variants.toml")


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """In that file `old`, which stands there once, becomes `new`."""

    file: str
    old: str
    new: str

    def made(self, text: str) -> str:
        """Raises ValueError where the code has moved on."""
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"{self.file} has {found} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)


class Sabotage(Struct, frozen=True, forbid_unknown_fields=True):
    """`tests`: those that are to fail, by `file::name`; one of them suffices."""

    name: str
    tests: tuple[str, ...]
    edits: tuple[Edit, ...]

    def apply(self, root: Path) -> None:
        """To a copy of the tree; raises ValueError where an edit does not apply any more."""
        for edit in self.edits:
            path = root / edit.file
            path.write_text(edit.made(path.read_text()))


def sabotages() -> tuple[Sabotage, ...]:
    """All of them, in the order of the file."""
    listed = tomllib.loads(FILE.read_text())["sabotage"]
    return msgspec.convert(listed, tuple[Sabotage, ...])
