"""The text that is on every machine: that of Python's own manual."""

from seqjax.lab.errors import UserError

MANUAL = "python"
"""What the corpus is called, on the command line too."""

REPEATED = 40
"""Paragraphs of so many characters or more are taken once only."""


def python_manual() -> str:
    """The topics that Python's ``help()`` explains: 0.4 million characters.

    They come in the order of their names, two empty lines between them. Topics quote
    each other at length, and what is quoted would be in a part trained on and in one
    held out; so a paragraph that was there already is left out, unless it is short. The
    text differs a little from one version of Python to the next.

    Raises:
        UserError: Python was installed without them.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise UserError(
            "the text of Python's manual must be installed, but this Python is without "
            "its module pydoc_data.topics; name a corpus or a file"
        ) from None
    seen: set[str] = set()
    texts = []
    for name in sorted(topics):
        kept = []
        for paragraph in topics[name].strip().split("\n\n"):
            if paragraph not in seen or len(paragraph) < REPEATED:
                kept.append(paragraph)
            seen.add(paragraph)
        if kept:
            texts.append("\n\n".join(kept))
    return "\n\n\n".join(texts) + "\n"
