"""Every claim of the reports, and where they do not agree: read from files of data."""

from pathlib import Path

from seqjax.reports.claims.reading import ClaimsError as ClaimsError
from seqjax.reports.claims.reading import Contradiction as Contradiction
from seqjax.reports.claims.reading import Entry as Entry
from seqjax.reports.claims.reading import entries, toml
from seqjax.reports.judging import Sentence

PLACE = Path(__file__).parent
"""The folder of the files of data."""

REPORTS = ("000", "001", "002", "003", "004")
"""Their numbers, in the order of their files."""

ENTRIES: tuple[Entry, ...] = tuple(
    entry
    for report in REPORTS
    for entry in entries(PLACE / f"report_{report}.toml", toml(PLACE / "rules.toml"))
)
"""All claims in the order of the reports, those that nothing can judge among them."""

CLAIMS: tuple[Sentence, ...] = tuple(
    entry.sentence for entry in ENTRIES if entry.is_testable
)
"""Those that could be true or false, each with its rule."""

CONTRADICTIONS: tuple[Contradiction, ...] = tuple(
    Contradiction(each["about"], tuple(each["claims"]), each.get("note", ""))
    for each in toml(PLACE / "contradictions.toml")["contradiction"]
)
"""Where claims on one matter do not agree."""
