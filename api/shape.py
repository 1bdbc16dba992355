"""What every shape of an answer begins from."""

from msgspec import Struct


class View(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of an answer."""
