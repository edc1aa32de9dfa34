"""``seqjax verify PAGE``: repeats a cheap part of a report page, and compares."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.core.checks import check_integer, check_number
from seqjax.core.processes import clock
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.running import devices, driver
from seqjax.lab.study import Study, Table
from seqjax.lab.verify import comparing, parts, rubric
from seqjax.lab.verify.comparing import NOT_REPEATED, PASS, Line
from seqjax.lab.verify.embedded import read_page
from seqjax.lab.verify.parts import Repeatable, Rows

SUMMARY = "repeat a cheap part of a report page, and compare"

FAILED = 1

_OPTIONS = (
    Option(
        "page",
        str,
        "The page, as seqjax report writes it.",
        many=True,
        positional=True,
        shown="none, it must be given",
    ),
    Option(
        "budget",
        float,
        "Minutes to spend; what is not reached is told as not repeated.",
        default=10.0,
    ),
    Option("seeds", int, "Seeds to repeat of a run.", default=1),
    Option(
        "first_seed",
        int,
        "Number of the first seed: one that the page does not tell of is compared by "
        "intervals.",
        shown="that of the run",
    ),
    Option(
        "blocks",
        int,
        "Blocks to repeat of a run, the cheapest first; with --rubric those that it "
        "asks for.",
        default=1,
    ),
    Option(
        "study",
        str,
        "Files with studies of your own, of which the page has runs. Nothing that is "
        "in a page is ever run.",
        many=True,
        shown="none",
    ),
    Option(
        "rubric",
        str,
        "File of ranges that numbers are expected in, TOML or JSON.",
        shown="none",
    ),
)


def run(
    words: Sequence[str],
    known: Callable[[str], Study[Any] | None],
    load: Callable[[Path], Sequence[Study[Any]]],
) -> int:
    """Runs the command.

    Args:
        words: of the command line, after ``verify``.
        known: the study of a name; None where there is none.
        load: the studies of a file.

    Returns:
        0 if every line passes; 1 if one fails or could not be repeated.

    Raises:
        UserError: for bad arguments, a page, a rubric or a study that cannot be read.
    """
    parser = parser_of("seqjax verify", SUMMARY, {"options": _OPTIONS})
    try:
        given = parse(parser, _OPTIONS, words)
    except SystemExit:  # --help has been printed
        return 0
    values = {option.name: option.default for option in _OPTIONS} | given
    _check(values)
    told = read_page(Path(values["page"][0]))
    expected = rubric.read_rubric(Path(values["rubric"])) if values["rubric"] else []
    own = [study for file in values["study"] or () for study in load(Path(file))]
    able: list[Repeatable] = []
    lines: list[Line] = []
    for each in told:
        try:
            study = parts.study_of(each, known, own)
            part = parts.repeatable(each, study, values["seeds"], values["first_seed"])
        except parts.CannotRepeat as error:
            lines.append(_unrepeated(each.label, "the run", error))
            continue
        able.append(part)
        if not part.is_of_same_source:
            print(
                f"seqjax: warning: {each.label} was run with another content of "
                f"{each.source.partition(' ')[0]}; its numbers are compared as those "
                "of another version",
                file=sys.stderr,
            )
    wanted = _wanted(able, expected, values["blocks"])
    lines += _compared(wanted, expected, able, clock() + 60 * values["budget"])
    driver.show([_table(lines)])
    passed = sum(line.verdict == PASS for line in lines)
    print(f"verify: {passed} of {len(lines)} lines pass")
    return 0 if passed == len(lines) and lines else FAILED


def _check(values: Mapping[str, Any]) -> None:
    """Raises a `UserError` for values that cannot be."""
    pages = values["page"] or ()
    if len(pages) != 1:
        raise UserError(
            f"PAGE must be one file, got {' '.join(pages) or 'none'}; give one that "
            "'seqjax report' has written"
        )
    try:
        check_number("budget", values["budget"], minimum=0.0, exclusive=True)
        check_integer("seeds", values["seeds"], minimum=1)
        check_integer("blocks", values["blocks"], minimum=1)
        if values["first_seed"] is not None:
            check_integer("first_seed", values["first_seed"], minimum=0)
    except ValueError as error:
        raise UserError(str(error)) from error


def _wanted(
    able: Sequence[Repeatable], expected: Sequence[rubric.Expected], blocks: int
) -> list[tuple[Repeatable, str]]:
    """What to repeat, in order."""
    if not expected:
        return parts.in_turn(able, blocks)
    pairs = [
        (part, block)
        for row in expected
        for part in [rubric.part_of(row, able)]
        for block in rubric.blocks_of(row, part)
    ]
    return [pair for i, pair in enumerate(pairs) if not _among(pair, pairs[:i])]


def _among(
    pair: tuple[Repeatable, str], pairs: Sequence[tuple[Repeatable, str]]
) -> bool:
    return any(pair[0] is part and pair[1] == block for part, block in pairs)


def _compared(
    wanted: Sequence[tuple[Repeatable, str]],
    expected: Sequence[rubric.Expected],
    able: Sequence[Repeatable],
    deadline: float,
) -> list[Line]:
    """Repeats what is wanted; the lines of its blocks, then those of the rubric."""
    if not wanted:
        return []
    warning = devices.configure(None, devices.cache_folder())
    if warning:
        print(f"seqjax: warning: {warning}", file=sys.stderr)
    from seqjax.lab.run_directory.environment import environment

    here = environment()
    lines: list[Line] = []
    found: dict[tuple[str, str], Rows] = {}
    for part, block in wanted:
        label = part.run.label
        what = f"{block}, {part.seeds}"
        print(f"verify: repeats {label}: {what}", file=sys.stderr, flush=True)
        try:
            rows = parts.repeat(part, block, deadline)
        except parts.OutOfTime:
            lines.append(_unrepeated(label, what, "out of time; give more --budget"))
            continue
        except parts.CannotRepeat as error:
            lines.append(_unrepeated(label, what, error))
            continue
        found[label, block] = rows
        same = part.is_of_same_source and comparing.is_same(part.run.environment, here)
        lines += comparing.compare(part, block, rows, same)
    for row in expected:
        part = rubric.part_of(row, able)
        needed = [(part.run.label, name) for name in rubric.blocks_of(row, part)]
        if all(key in found for key in needed):
            own = [each for key in needed for each in found[key]]
            lines.append(rubric.judge(row, part, own))
        else:
            lines.append(_unrepeated(part.run.label, row.name, "see above"))
    return lines


def _unrepeated(label: str, what: str, why: object) -> Line:
    return Line(label, what, "", one_line(why), NOT_REPEATED)


def _table(lines: Sequence[Line]) -> Table:
    """The lines as a table."""
    return Table(
        "What the page tells, and what came out again",
        ("run", "what", "told or expected", "found", "verdict"),
        [list(line) for line in lines],
        "equal: to the last bit. In brackets: where the mean of the repeated seeds is "
        "expected, in 999 of 1000 cases."
        if lines
        else "nothing to repeat",
        left=5,
    )
