"""The few steps of a pickle that data need, taken on plain objects.

A pickle is a program: it may name any function and have it called. Python's own
unpickler can be told which names to let through, but even numpy alone is too much:
what sets the state of an array or a data type trusts it, and the unpickler itself
makes room for as many objects as four bytes of the file ask for. So nothing that a file
names is imported or called here; its classes stay names.
"""

import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple

ADMITTED = {
    "__builtin__ bytes": "bytes",
    "__builtin__ list": "list",
    "builtins list": "list",
    "collections defaultdict": "defaultdict",
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    "numpy.core.multiarray _reconstruct": "array",
    "numpy._core.multiarray _reconstruct": "array",
    "numpy.core.numeric _frombuffer": "buffer",
    "numpy._core.numeric _frombuffer": "buffer",
    "scipy.sparse.csr csr_matrix": "matrix",
    "scipy.sparse._csr csr_matrix": "matrix",
    "scipy.sparse._csr csr_array": "matrix",
    "_codecs encode": "encode",
}
"""The names that a pickle may hold, of Python 2 and 3, and what they are taken for."""

DAMAGED = "is cut or damaged"


class PickleError(ValueError):
    """A pickle that is not read; the message is a clause on what it is or does."""


class Name(NamedTuple):
    """A class or function that the file names.

    Attributes:
        kind: One of the values of `ADMITTED`.
    """

    kind: str


class Made:
    """What the file would have had made: of what kind, and the state it was to get.

    Args:
        kind: Of the class or function: "array", "dtype" or "matrix".
        arguments: What it was to be called with.
    """

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: Any = None


def run(data: bytes) -> Any:
    """What a pickle leaves at its end, made of plain objects, `Name` and `Made`.

    Args:
        data: All its bytes.

    Raises:
        PickleError: It is cut or damaged, or names what is not `ADMITTED`, or has steps
            that data never have.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                break
            if opcode.name in _LITERALS:
                machine.push(argument)
            elif opcode.name in _STEPS:
                _STEPS[opcode.name](machine, argument)
            elif opcode.name not in ("PROTO", "FRAME"):
                raise PickleError(f"has a step {opcode.name}, which data never have")
        (result,) = machine.stack
    except PickleError:
        raise
    # genops on bytes that are no steps; a stack that is empty; no such memory.
    except (ValueError, LookupError):
        raise PickleError(DAMAGED) from None
    return result


class _Machine:
    """The stack machine that a pickle is a program of."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memory: dict[int, Any] = {}

    def push(self, item: Any) -> None:
        """Puts an item on top."""
        self.stack.append(item)

    def mark(self, _: Any) -> None:
        """Begins a new stack."""
        self.below.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        """What was put on the stack since the last mark, taken off."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def take(self, count: int) -> list[Any]:
        """So many from the top of the stack, taken off."""
        if len(self.stack) < count:
            raise PickleError(DAMAGED)
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def put(self, key: int | None) -> None:
        """Remembers what is on top, under a number of its own or the next one."""
        self.memory[len(self.memory) if key is None else key] = self.stack[-1]

    def name(self, words: str | None) -> None:
        """Names a class or function: one that is admitted."""
        if words is None:
            words = " ".join(map(str, self.take(2)))
        if words not in ADMITTED:
            raise PickleError(f"names {short(words)}, which is no array of numbers")
        self.stack.append(Name(ADMITTED[words]))

    def call(self, _: Any) -> None:
        """Stands for calling what was named, which nobody does."""
        match self.take(2):
            case Name("encode"), (str(text), "latin1" | "latin-1"):
                self.stack.append(text.encode("latin-1"))
            case Name("bytes"), ():
                self.push(b"")
            case Name("defaultdict"), () | (Name("list"),):
                self.stack.append({})
            case Name("buffer"), (bytes() | bytearray() as raw, dtype, shape, order):
                array = Made("array", ())
                array.state = (1, shape, dtype, order == "F", bytes(raw))
                self.push(array)
            case Name("array" | "dtype" | "matrix" as kind), tuple(arguments):
                self.stack.append(Made(kind, arguments))
            case _:
                raise PickleError(DAMAGED)

    def build(self, _: Any) -> None:
        """Gives an object its state, once."""
        (state,) = self.take(1)
        target = self.stack[-1]
        if not isinstance(target, Made) or target.state is not None:
            raise PickleError(DAMAGED)
        target.state = state

    def append(self, items: list[Any]) -> None:
        """Puts items into the list on top."""
        target = self.stack[-1]
        if type(target) is not list:
            raise PickleError(DAMAGED)
        target.extend(items)

    def assign(self, items: list[Any]) -> None:
        """Puts keys and values into the dictionary on top."""
        target, keys = self.stack[-1], items[::2]
        # Python finds the place of a tuple by descending into it, however deep it is.
        if type(target) is not dict or not {type(key) for key in keys} <= {int, str}:
            raise PickleError(DAMAGED)
        target.update(zip(keys, items[1::2], strict=True))


_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("FLOAT", "BINFLOAT"),
}

_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.push(tuple(machine.take(1))),
    "TUPLE2": lambda machine, _: machine.push(tuple(machine.take(2))),
    "TUPLE3": lambda machine, _: machine.push(tuple(machine.take(3))),
    "APPEND": lambda machine, _: machine.append(machine.take(1)),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.assign(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.assign(machine.since_mark()),
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "BUILD": _Machine.build,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"),
        lambda machine, key: machine.push(machine.memory[key]),
    ),
    **dict.fromkeys(("GLOBAL", "STACK_GLOBAL"), _Machine.name),
}


def short(words: str) -> str:
    """A name from a file as an error shows it: on one line, and not long."""
    return ascii(words[:60])
