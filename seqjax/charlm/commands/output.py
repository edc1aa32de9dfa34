"""What the commands print: texts on standard output, all else on standard error."""

import sys
from collections.abc import Iterator, Sequence

from seqjax.lab.errors import UserError

_CONTROLS = (
    {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
)


def tell(line: str) -> None:
    """Prints a line beside the text."""
    print(line, file=sys.stderr, flush=True)


def put(text: str) -> None:
    """Prints text as it is, and at once.

    Only what the encoding cannot hold is replaced; and on a terminal, control
    characters are by their pictures, since there they would be commands.

    Raises:
        UserError: It cannot be written, as to a full disk.
    """
    out = sys.stdout
    if out.isatty():
        text = pictured(text)
    encoding = out.encoding or "utf-8"
    try:
        out.write(text.encode(encoding, "replace").decode(encoding))
        out.flush()
    except BrokenPipeError:  # nobody reads any more, which ends the command well
        raise
    except OSError as error:
        raise UserError(
            f"cannot write the text: {error.strerror or error}; "
            "send it somewhere else, with the same --seed"
        ) from error


def pictured(text: str) -> str:
    """The text with pictures instead of control characters but line feeds and tabs."""
    return text.translate(_CONTROLS)


def show(
    pieces: Iterator[list[str]], prompts: Sequence[str], headings: Sequence[str]
) -> None:
    """Prints texts one after the other, the first of them as it is drawn.

    Each is its prompt, what follows that, and a line break. Where there are several,
    each has a heading, as `head` prints it.

    Args:
        pieces: Of all texts, from `seqjax.charlm.writing.stream`.
        prompts: What the texts begin with.
        headings: What to call each.
    """
    kept: list[list[str]] = [[] for _ in prompts]

    def title(index: int) -> str:
        blank = "\n" if index else ""
        return f"{blank}==> {headings[index]} <==\n" if len(prompts) > 1 else ""

    try:
        put(title(0) + prompts[0])
        for texts in pieces:
            put(texts[0])
            for text, more in zip(kept[1:], texts[1:], strict=True):
                text.append(more)
    finally:
        put("\n")  # also after an interrupt: the shell goes on in a line of its own
    for index in range(1, len(prompts)):
        put(title(index) + prompts[index] + "".join(kept[index]) + "\n")
