"""Judging all derivations of a file, and telling of it."""

import contextlib
import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax

from seqjax.core.checks import check_choice
from seqjax.gradients.derivations.catalogue import (
    CELLS,
    CellGradients,
    Example,
)
from seqjax.gradients.derivations.diagnosis import CannotJudge, Judge, Verdict
from seqjax.gradients.derivations.reading import derivation, load
from seqjax.lab.errors import UserError

PROG = "python -m seqjax.gradients check"
ACCEPTED, REJECTED = 0, 1


def judge_file(
    path: Path,
    cell: str | None,
    only: tuple[str, ...] | None,
    seed: int,
    time_limit: float,
    *,
    as_json: bool = False,
) -> int:
    """Judges a file and prints what is said of each derivation.

    Args:
        path: the file.
        cell: whose gradients they are, by name; None: as its functions tell.
        only: names of the derivations to judge; none: all of the cell's.
        seed: of the random examples.
        time_limit: seconds that the file, and each call, may take.
        as_json: print an object with the file, the cell, the seed, the number of
            examples and a row per derivation: name, accepted, says, details.
            Default: lines to read.

    Returns:
        Exit status: 0 if all are accepted, else 1.

    Raises:
        UserError: if the file cannot be judged at all.
    """
    with contextlib.ExitStack() as stack:
        # What is written in JAX has to be as exact as what is written in NumPy.
        stack.enter_context(jax.enable_x64(True))
        if as_json:  # what the file itself prints must not get in between
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        defined = load(path, time_limit)
        chosen = CELLS[cell] if cell else _cell_of(defined, path)
        wanted = _wanted(chosen, only, defined, path)
        judge = Judge(chosen, seed)
        verdicts = {
            name: _verdict(judge, name, defined, path, time_limit) for name in wanted
        }
    (_show_json if as_json else _show)(path, judge, verdicts)
    right = all(verdict.accepted for verdict in verdicts.values())
    return ACCEPTED if right else REJECTED


def _show(path: Path, judge: Judge, verdicts: Mapping[str, Verdict]) -> None:
    """Prints the verdicts as lines."""
    print(
        f"{path}: gradients of {judge.cell.title}, held against exact ones on "
        f"{len(judge.cases)} random examples in float64"
    )
    width = max(map(len, verdicts))
    for name, verdict in verdicts.items():
        print(f"  {name:<{width}}  {_line(verdict)}")
        for detail in verdict.details:
            print(f"  {'':<{width}}      {detail}")
    rejected = sum(not verdict.accepted for verdict in verdicts.values())
    if rejected:
        print(f"{rejected} of {len(verdicts)} rejected")
    else:
        every = f"all {len(verdicts)} accepted"
        print(every if len(verdicts) > 1 else "accepted")


def _show_json(path: Path, judge: Judge, verdicts: Mapping[str, Verdict]) -> None:
    """Prints the verdicts as an object of JSON."""
    told = {
        "file": str(path),
        "cell": judge.cell.name,
        "seed": judge.seed,
        "examples": len(judge.cases),
        "derivations": [
            {"name": name, **verdict._asdict()} for name, verdict in verdicts.items()
        ],
    }
    print(json.dumps(told, indent=1, ensure_ascii=False))


def _cell_of(defined: dict[str, Any], path: Path) -> CellGradients:
    """The cell that a file is about, by the names of its functions."""
    count = {
        name: sum(d in defined for d in cell.derivations)
        for name, cell in CELLS.items()
    }
    # dW_ph and db_p belong to both cells: a file with no others is the simpler one's.
    best = max(CELLS, key=lambda name: count[name])
    if not count[best]:
        names = ", ".join(CELLS["rnn"].derivations)
        raise UserError(
            f"{path} must define at least one of {names} (or the LSTM's), but has none "
            f"of them; {PROG} --template shows how"
        )
    return CELLS[best]


def _wanted(
    cell: CellGradients,
    only: tuple[str, ...] | None,
    defined: dict[str, Any],
    path: Path,
) -> tuple[str, ...]:
    """The derivations to judge; at least one must be there."""
    try:
        for name in only or ():
            check_choice("only", name, cell.derivations)
    except ValueError as error:
        raise UserError(str(error)) from error
    wanted = only or cell.derivations
    if not any(name in defined for name in wanted):
        raise UserError(
            f"{path} must define at least one of {', '.join(wanted)}, but has none of "
            f"them; {PROG} --template --cell {cell.name} shows how"
        )
    return wanted


def _verdict(
    judge: Judge, name: str, defined: dict[str, Any], path: Path, time_limit: float
) -> Verdict:
    """What is said of one derivation, whatever state it is in."""
    if name not in defined:
        mine = [other for other in defined if not other.startswith("_")]
        others = [other for other in mine if other not in judge.cell.derivations]
        close = difflib.get_close_matches(name, others, n=1)
        hint = f"rename {close[0]}" if close else "write it"
        return Verdict(
            False, f"is not defined; {hint}, or name those to judge after --only"
        )

    def shape(example: Example) -> tuple[int, ...]:
        parameter: Any = getattr(example, name.removeprefix("d"))
        return tuple(parameter.shape)

    try:
        function = derivation(defined[name], shape, path, time_limit)
        return judge.verdict(name, function)
    except CannotJudge as error:
        return Verdict(False, str(error))


def _line(verdict: Verdict) -> str:
    if not verdict.accepted:
        return f"rejected: {verdict.says}"
    return f"accepted ({verdict.says})" if verdict.says else "accepted"
