"""What a model counts in: the characters of its text, or bytes."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Int32, UInt32

from seqjax.lab.errors import UserError

Kind = Literal["characters", "bytes"]
KINDS: tuple[Kind, ...] = ("characters", "bytes")

_NAMED = 5
"""An error names at most so many characters."""


class Vocabulary(NamedTuple):
    """An order of symbols; the place of each is its number.

    Attributes:
        kind: Of what the symbols are.
        symbols: The characters, sorted by code point, so that the order is the same in
            every process; empty for bytes, of which there are always 256.
    """

    kind: Kind
    symbols: str = ""

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return 256 if self.kind == "bytes" else len(self.symbols)

    def encode(self, text: str, what: str = "text") -> Int32[np.ndarray, " symbols"]:
        """The numbers of a text's symbols.

        Args:
            text: Any text; as bytes it is UTF-8.
            what: What to call it in an error, "text" by default.

        Raises:
            UserError: A character that the vocabulary does not have.
        """
        if self.kind == "bytes":
            data = text.encode("utf-8", "surrogatepass")
            return np.frombuffer(data, np.uint8).astype(np.int32)
        known, points = _code_points(self.symbols), _code_points(text)
        if not len(known):
            places = np.zeros(len(points), np.int64)
            missing = np.ones(len(points), np.bool_)
        else:
            places = np.minimum(np.searchsorted(known, points), len(known) - 1)
            missing = known[places] != points
        if missing.any():
            raise UserError(_unknown(np.unique(points[missing]), what))
        return places.astype(np.int32)

    def decode(self, numbers: Int32[np.ndarray, " symbols"]) -> str:
        """The text of these numbers; bytes that are no UTF-8 become U+FFFD.

        Args:
            numbers: 0 to `size` - 1.

        Raises:
            ValueError: A number that no symbol has.
        """
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < self.size):
            raise ValueError(
                f"numbers must be 0 to {self.size - 1}, not {numbers.min()} to "
                f"{numbers.max()}; decode them with the vocabulary they come from"
            )
        if self.kind == "bytes":
            return numbers.astype(np.uint8).tobytes().decode("utf-8", "replace")
        return _text(_code_points(self.symbols)[numbers])

    def to_json(self) -> dict[str, Any]:
        """What `from_json` takes."""
        return {"kind": self.kind, "symbols": self.symbols}


def vocabulary_of(text: str, kind: Kind = "characters") -> Vocabulary:
    """The vocabulary of a text.

    Args:
        text: All of it, so that the parts not trained on can be encoded too.
        kind: ``"characters"`` (the default) or ``"bytes"``, which has any text.
    """
    if kind == "bytes":
        return Vocabulary("bytes")
    return Vocabulary("characters", _text(np.unique(_code_points(text))))


def from_json(entry: Mapping[str, Any]) -> Vocabulary:
    """A vocabulary as `Vocabulary.to_json` stored it.

    Args:
        entry: ``kind`` and ``symbols``.

    Raises:
        ValueError: Not such an entry, as in a file that was cut or written by others.
    """
    kind, symbols = entry.get("kind"), entry.get("symbols")
    fits = kind in KINDS and isinstance(symbols, str) and set(entry) <= _FIELDS
    if not fits or sorted(set(symbols)) != list(symbols):  # type: ignore[arg-type]
        raise ValueError(
            "the vocabulary must have a kind (characters or bytes) and sorted symbols, "
            f"not {str(dict(entry))[:60]!r}; restore the model's files"
        )
    if (kind == "bytes") != (symbols == ""):
        raise ValueError(
            f"a vocabulary of {kind} must have {'no' if kind == 'bytes' else 'some'} "
            "symbols of its own; restore the model's files"
        )
    return Vocabulary(kind, symbols)  # type: ignore[arg-type]


_FIELDS = {"kind", "symbols"}


def _code_points(text: str) -> UInt32[np.ndarray, " characters"]:
    # Lone surrogates are characters of Python's, if not of Unicode's.
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _text(points: UInt32[np.ndarray, " characters"]) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _unknown(points: UInt32[np.ndarray, " unknown"], what: str) -> str:
    """The error for characters that a vocabulary does not have."""
    names = [f"{chr(point)!r} (U+{point:04X})" for point in points[:_NAMED].tolist()]
    more = len(points) - len(names)
    return (
        f"{what} must only have characters that the model's text has, not "
        + ", ".join(names)
        + (f" and {more} more" if more > 0 else "")
        + "; leave them out, or train on a text that has them or on bytes"
    )
