"""Sentences of the reports, each with the rule that judges it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from seqjax.lab.errors import UserError, one_line
from seqjax.lab.judging.claims import UNDECIDED, Finding, check_id

E = TypeVar("E")
"""What a statement is judged by."""


class Missing(Exception):
    """What a claim rests on has not been measured; says why."""


class JudgingError(RuntimeError):
    """A rule failed: an error of the program, and no verdict."""


@dataclass(frozen=True)
class Statement(Generic[E]):
    """A sentence of a report, with the rule that judges it.

    Attributes:
        id: in kebab-case, unique among all statements; it stays when the words change.
        report: in which it stands.
        section: of the report.
        text: the sentence.
        rule: from what was measured to a finding; may raise `Missing`.
    """

    id: str
    report: str
    section: str
    text: str
    rule: Callable[[E], Finding]

    def __post_init__(self) -> None:
        """Refuses an id that is not in kebab-case."""
        check_id(self.id)

    def judged(self, evidence: E) -> Finding:
        """What becomes of it.

        Args:
            evidence: what was measured.

        Raises:
            UserError: The evidence is of another version.
            JudgingError: Its rule failed.
        """
        try:
            return self.rule(evidence)
        except Missing as missing:
            return Finding(UNDECIDED, "", None, str(missing))
        except UserError:
            raise
        except Exception as error:
            raise JudgingError(
                f"the rule of claim {self.id} failed with {type(error).__name__}: "
                f"{one_line(error)}; this is an error of the program, not a verdict"
            ) from error
