"""Texts side by side."""

import io
from collections.abc import Sequence

from seqjax.charlm.commands.output import pictured

READABLE = 30
"""Narrower than that a column is hard to read; the next row has room."""

_GAP = 3


def columns(titles: Sequence[str], texts: Sequence[str], width: int) -> str:
    """Texts in columns under their titles, in as few rows as are readable.

    Args:
        titles: Of the texts; may have several lines.
        texts: Their own line breaks are kept, and long lines folded between words.
        width: Characters of a line, of which the columns of a row have equal shares.
    """
    # Loaded late, since it takes time that no other command needs.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    page = io.StringIO()
    console = Console(file=page, width=width, color_system=None)
    fitting = max(1, (width + _GAP) // (READABLE + _GAP))
    rows = -(-len(texts) // fitting)
    each = -(-len(texts) // rows)
    share = (width + _GAP) // each - _GAP
    for start in range(0, len(texts), each):
        table = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
        for _ in titles[start : start + each]:
            table.add_column(width=share, overflow="fold")
        heads = [pictured(title) for title in titles[start : start + each]]
        table.add_row(*(Text(head) for head in heads))
        table.add_row(*(Text("─" * share) for _ in heads))
        bodies = [pictured(text) for text in texts[start : start + each]]
        table.add_row(*(Text(body) for body in bodies))
        console.print(table)
        if start + each < len(texts):
            console.print()
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"
