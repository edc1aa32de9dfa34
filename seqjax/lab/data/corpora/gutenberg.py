"""Project Gutenberg's licence and other matter, which stands around its books."""

import re

_START = re.compile(
    r"^.*?\*\*\* ?START OF (?:THIS|THE) PROJECT GUTENBERG[^*]*\*\*\*.*\n"
    r"|^\*END\*THE SMALL PRINT!.*\n",
    re.MULTILINE | re.IGNORECASE,
)
_END = re.compile(
    r"^.*?\*\*\* ?END OF (?:THIS|THE) PROJECT GUTENBERG[^*]*\*\*\*", re.M | re.I
)
# Who made the file, before the book, and a sentence after it, inside the marks.
_CREDITS = re.compile(r"\s*(?:Produced|E-?text prepared|Transcribed) by\b.*(?:\n.+)*\n")
_LAST = re.compile(r"\n[^\n]*End of (?:the |this )?Project Gutenberg.*\s*\Z", re.I)


def strip_gutenberg(text: str) -> str:
    """The book alone, of a text that may come from Project Gutenberg.

    It lies between the lines ``*** START OF THIS PROJECT GUTENBERG EBOOK ... ***`` and
    ``*** END OF ... ***``. Where there are several pairs, one in the other, as in
    LaTeX sources (a comment, then the title page), it is the innermost.

    Args:
        text: With line feeds for ends of lines.

    Returns:
        The book, with one end of line at its end; `text` itself where either mark is
        missing, or nothing is between them.
    """
    end = _END.search(text)
    if end is None:
        return text
    starts = list(_START.finditer(text, 0, end.start()))
    if not starts:
        return text
    book = text[starts[-1].end() : end.start()]
    credits = _CREDITS.match(book)
    if credits:
        book = book[credits.end() :]
    book = _LAST.sub("", book.rstrip()).strip("\n")
    return book.rstrip() + "\n" if book.strip() else text
