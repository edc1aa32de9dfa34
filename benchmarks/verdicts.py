"""How often verdicts are wrong, and how often they are given: old rules and new.

    python benchmarks/verdicts.py [--studies 2000] [--old-studies 300]

Studies of populations whose truth is known, like those that seeds have shown: two
groups, ceilings, ties, outliers. Each rule is judged by what it claims: the old ones by
the means of the population, the new ones by most of its seeds or pairs of them.
Nothing is trained; the numbers are those of a fixed seed.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders import verdict_rules as old
from benchmarks.contenders.verdict_rules import Seeds
from seqjax.core.statistics import paired_comparison
from seqjax.lab.comparisons import SHARES
from seqjax.lab.judging import rules as new
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Verdict

STEPS = 1000.0
MARGIN, CHANCE, LIMIT = 0.05, 0.1, new.guess_limit(0.1, 1280)


class Kind(NamedTuple):
    """A kind of seed, of one setting.

    Attributes:
        accuracy: on its test.
        updates: until it solves the task; all where it does not.
        learnt: its accuracy would stay above chance in a longer test.
    """

    accuracy: float
    updates: float = STEPS
    learnt: bool = True


class Truth(NamedTuple):
    """What a rule may say of a population; neither at the edge of what it claims."""

    holds: bool
    fails: bool


LOOKS: tuple[tuple[int, ...], ...] = ((6,), (6, 20), (10,), (10, 20))
"""Seeds at which a study is judged: once, or again where that did not decide."""

Setting = Mapping[Kind, float]
"""Kinds of seeds with their probabilities."""

Population = Mapping[tuple[Kind, Kind], float]
"""Kinds that the same seed shows with two settings, with their probabilities."""


def groups(share: float, updates: Sequence[float] = (40.0, 60.0)) -> Setting:
    """A share of seeds solves the task, the others guess."""
    guesses = {0.1: 0.975, 0.118: 0.025}  # one in forty by the noise of its test
    found = {Kind(a, learnt=False): (1 - share) * p for a, p in guesses.items()}
    found |= {Kind(1.0, t): share / len(updates) for t in updates}
    return {kind: p for kind, p in found.items() if p}


def around(*accuracies: float) -> Setting:
    """Seeds of about the same accuracy that do not solve the task."""
    return {Kind(each): 1 / len(accuracies) for each in accuracies}


def mixed(setting: Setting, outlier: Kind, share: float = 0.1) -> Setting:
    """A setting with outliers."""
    found = {kind: (1 - share) * p for kind, p in setting.items()}
    return found | {outlier: found.get(outlier, 0.0) + share}


def apart(one: Setting, other: Setting) -> Population:
    """Two settings in which a seed fares independently."""
    return {(a, b): p * q for a, p in one.items() for b, q in other.items()}


def along(one: Setting, gained: float) -> Population:
    """Two settings in which a seed fares alike, but for what the first gains."""
    return {
        (a._replace(accuracy=min(1.0, a.accuracy + gained)), a): p
        for a, p in one.items()
    }


SHARES_OF_SEEDS = (0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)
MIDDLE = around(0.54, 0.6, 0.67)  # no gap is the margin itself
LOW = around(0.13, 0.14, 0.15, 0.17)
SINGLE: dict[str, Setting] = {
    **{f"{share:.0%} learn": groups(share) for share in SHARES_OF_SEEDS},
    "all half way": MIDDLE,
    "all a little above chance": LOW,
    "half way, outliers fail": mixed(MIDDLE, Kind(0.1, learnt=False)),
    "guesses, outliers learn": mixed(groups(0.0), Kind(0.9)),
    "half at the limit": around(0.985, 0.99),
}
ALIKE = (0.05, 0.3, 0.5, 0.85, 1.0)
UNLIKE = ((0.15, 0.85), (0.3, 0.7), (0.5, 0.85), (0.7, 1.0), (0.85, 1.0), (0.0, 1.0))
QUICK, SLOW = groups(1.0), groups(1.0, (70.0, 90.0))
PAIRS: dict[str, Population] = {
    **{
        f"both {share:.0%}, apart": apart(groups(share), groups(share))
        for share in ALIKE
    },
    "both 50%, along": along(groups(0.5), 0.0),
    **{f"{a:.0%} and {b:.0%}": apart(groups(a), groups(b)) for a, b in UNLIKE},
    **{f"{b:.0%} and {a:.0%}": apart(groups(b), groups(a)) for a, b in UNLIKE},
    "half way, apart": apart(MIDDLE, MIDDLE),
    "half way, 0.02 more": along(MIDDLE, 0.02),
    "half way, 0.2 more": along(MIDDLE, 0.2),
    "0.1 less, rarely 0.8 more": {
        (Kind(0.1), Kind(0.2)): 0.9,
        (Kind(1.0, 50.0), Kind(0.2)): 0.1,
    },
    "0.1 more, rarely 0.8 less": {
        (Kind(0.95), Kind(0.85)): 0.9,
        (Kind(0.05), Kind(0.85)): 0.1,
    },
    "0.02 less, often 0.8 more": {
        (Kind(0.13), Kind(0.15)): 0.6,
        (Kind(0.95), Kind(0.15)): 0.4,
    },
    "a ceiling, quick and slow": apart(QUICK, SLOW),
    "a ceiling, slow and quick": apart(SLOW, QUICK),
    "a ceiling, quick but outliers": apart(mixed(QUICK, Kind(1.0, 900.0), 0.2), SLOW),
    "narrow and wide": apart(MIDDLE, around(0.3, 0.45, 0.75, 0.9)),
    "narrow, outliers fail, and wide": apart(
        mixed(MIDDLE, Kind(0.1)), around(0.45, 0.6, 0.75)
    ),
}


def seeds_of(kinds: Sequence[tuple[Kind, Kind]]) -> Seeds:
    """Arrays of what seeds of these kinds show."""
    one, other = zip(*kinds, strict=True)
    return Seeds(
        *(np.array([kind.accuracy for kind in side]) for side in (one, other)),
        *(np.array([kind.updates for kind in side]) for side in (one, other)),
    )


def expected(population: Population, value: Callable[[Kind, Kind], float]) -> float:
    """Mean of a value over a population, to ten digits."""
    return round(sum(p * value(*kinds) for kinds, p in population.items()), 10)


def side(value: float, limit: float = 0.0) -> Truth:
    """Of a claim that a value lies above a limit."""
    return Truth(value > limit, value < limit)


def gaps(population: Population) -> Population:
    """Every two seeds, by the gaps of both settings, as accuracies."""
    found: dict[tuple[Kind, Kind], float] = {}
    for one, p in population.items():
        for other, q in population.items():
            pair = _between(one, other)
            found[pair] = found.get(pair, 0.0) + p * q
    return found


def _between(one: tuple[Kind, Kind], other: tuple[Kind, Kind]) -> tuple[Kind, Kind]:
    """What two seeds differ by, of both settings."""
    first, second = (
        Kind(abs(a.accuracy - b.accuracy)) for a, b in zip(one, other, strict=True)
    )
    return first, second


def about(one: Kind, other: Kind, margin: float = MARGIN) -> float:
    """The sign of a gain beyond the margin."""
    gained = round(one.accuracy - other.accuracy, 10)
    return float(np.sign(gained)) if abs(gained) > margin else 0.0


def middle(population: Population, side_of: int) -> float:
    """The population's median accuracy of one of its settings."""
    shares: dict[float, float] = {}
    for kinds, p in population.items():
        accuracy = kinds[side_of].accuracy
        shares[accuracy] = shares.get(accuracy, 0.0) + p
    total = np.cumsum([shares[each] for each in sorted(shares)])
    return sorted(shares)[int(np.searchsorted(total, 0.5 - 1e-9))]


def deviations(population: Population) -> float:
    """How much farther from its median the second setting lies than the first."""
    medians = middle(population, 0), middle(population, 1)
    return expected(
        population,
        lambda a, b: abs(b.accuracy - medians[1]) - abs(a.accuracy - medians[0]),
    )


def variance(population: Population) -> float:
    """Of the first setting's accuracy."""
    mean = expected(population, lambda a, _: a.accuracy)
    return expected(population, lambda a, _: (a.accuracy - mean) ** 2)


class Claim(NamedTuple):
    """A kind of verdict by the old rule and by the new one.

    Attributes:
        populations: that it is tried on.
        old: the rule that was.
        old_truth: what that may say.
        new: the rule that is.
        new_truth: what this may say.
        sign: all that the new rule looks at, of a seed or a gap: studies that have the
            same signs have the same verdict.
        by_pairs: the new rule takes the seeds two by two, in their order.
    """

    populations: Mapping[str, Population]
    old: Callable[[Seeds], Verdict]
    old_truth: Callable[[Population], Truth]
    new: Callable[[Seeds], Verdict]
    new_truth: Callable[[Population], Truth]
    sign: Callable[[Kind, Kind], float]
    by_pairs: bool = False


def _larger(seeds: Seeds) -> Verdict:
    compared = paired_comparison(
        seeds.accuracy, seeds.other, bounds=SHARES, resamples=1
    )
    return new.larger(compared, MARGIN).verdict


def _sooner(seeds: Seeds) -> Verdict:
    compared = paired_comparison(seeds.updates, seeds.others, resamples=1)
    unsolved = bool((seeds.updates == STEPS).all() and (seeds.others == STEPS).all())
    return new.sooner(compared, unsolved=unsolved).verdict


ALONE: dict[str, Population] = {
    name: {(kind, kind): p for kind, p in setting.items()}
    for name, setting in SINGLE.items()
}
TIMED = {name: found for name, found in PAIRS.items() if "way" not in name}


def _gap(one: Kind, _: Kind) -> float:
    return one.accuracy


def _gained(one: Kind, other: Kind) -> float:
    return one.accuracy - other.accuracy


def _solves(one: Kind, _: Kind) -> float:
    return float(one.accuracy >= 0.99)


def _sooner_by(one: Kind, other: Kind) -> float:
    return other.updates - one.updates


CLAIMS: dict[str, Claim] = {
    "most seeds solve it (T)": Claim(
        ALONE,
        old.solved,
        lambda of: side(expected(of, _solves), 0.5),
        lambda seeds: new.most(seeds.accuracy >= 0.99).verdict,
        lambda of: side(expected(of, _solves), 0.5),
        _solves,
    ),
    "at chance": Claim(
        ALONE,
        old.at_chance,
        lambda of: side(-expected(of, _gap), -0.15),
        lambda seeds: new.most(seeds.accuracy <= LIMIT).verdict,
        lambda of: side(expected(of, lambda a, _: not a.learnt), 0.5),
        lambda a, _: float(a.accuracy <= LIMIT),
    ),
    "no difference": Claim(
        PAIRS,
        old.no_difference,
        lambda of: side(-abs(expected(of, _gained)), -MARGIN),
        lambda seeds: new.most(np.abs(seeds.accuracy - seeds.other) < MARGIN).verdict,
        lambda of: side(expected(of, lambda a, b: not about(a, b)), 0.5),
        lambda a, b: float(not about(a, b)),
    ),
    "larger": Claim(
        PAIRS,
        old.larger,
        lambda of: _by_margin(expected(of, _gained), 0.05),
        _larger,
        lambda of: side(expected(of, about)),
        about,
    ),
    "sooner": Claim(
        TIMED,
        old.sooner,
        lambda of: _by_margin(expected(of, _sooner_by), 50.0),
        _sooner,
        lambda of: side(expected(of, lambda a, b: float(np.sign(_sooner_by(a, b))))),
        lambda a, b: float(np.sign(_sooner_by(a, b))),
    ),
    "varies": Claim(
        ALONE,
        old.varies,
        lambda of: side(math.sqrt(variance(of)), 0.05),
        lambda seeds: new.varies(seeds.accuracy, MARGIN).verdict,
        lambda of: side(expected(gaps(of), _gap), MARGIN),
        _gap,
        by_pairs=True,
    ),
    "varies less": Claim(
        PAIRS,
        old.varies_less,
        lambda of: side(deviations(of)),
        lambda seeds: new.varies_less(seeds.accuracy, seeds.other, MARGIN).verdict,
        lambda of: side(expected(gaps(of), lambda a, b: about(b, a))),
        lambda a, b: about(b, a),
        by_pairs=True,
    ),
}


def _by_margin(gained: float, margin: float) -> Truth:
    """Of a claim that holds above 0 and does not below a margin."""
    return Truth(gained > 0, gained < margin)


class Rate(NamedTuple):
    """How often a rule says what, of one population.

    Attributes:
        claim: kind of verdict.
        rule: "old" or "new".
        looks: seeds at which a study is judged: again where that did not decide.
        population: which.
        may_hold: whether "holds" is true of it.
        may_fail: whether "does not hold" is.
        holds: share of studies in which it is said to hold ...
        fails: ... and not to.
    """

    claim: str
    rule: str
    looks: tuple[int, ...]
    population: str
    may_hold: bool
    may_fail: bool
    holds: float
    fails: float

    @property
    def false_holds(self) -> float:
        """Share of studies with a false "holds"."""
        return 0.0 if self.may_hold else self.holds

    @property
    def false_fails(self) -> float:
        """Share of studies with a false "does not hold"."""
        return 0.0 if self.may_fail else self.fails

    @property
    def power(self) -> float | None:
        """Share of studies with a true verdict; None where there is none to give."""
        if not (self.may_hold or self.may_fail):
            return None
        return self.holds * self.may_hold + self.fails * self.may_fail


def measure(
    name: str,
    rule: str,
    looks: Sequence[int],
    studies: int,
    seed: int,
    only: Collection[str] = (),
) -> list[Rate]:
    """How often a rule says what, of every population of a claim.

    Args:
        name: of `CLAIMS`.
        rule: "old" or "new".
        looks: seeds at which a study is judged, even numbers, the fewest first: again
            where that did not decide.
        studies: of a population.
        seed: of all of them.
        only: names of populations; default: all.
    """
    claim, found = CLAIMS[name], []
    judge, truth_of = {
        "old": (claim.old, claim.old_truth),
        "new": (claim.new, claim.new_truth),
    }[rule]
    known: dict[bytes, Verdict] = {}
    for population, of in claim.populations.items():
        if only and population not in only:
            continue
        rng = np.random.default_rng([seed, looks[-1]])
        drawn = rng.choice(len(of), size=(studies, looks[-1]), p=[*of.values()])
        said = {HOLDS: 0, DOES_NOT: 0}
        for seeds in looks:
            if rule == "old":  # which looks at more than signs
                known = {}
            verdicts = _judged(claim, rule, judge, [*of], drawn[:, :seeds], known)
            for verdict in said:
                said[verdict] += int((verdicts == verdict).sum())
            drawn = drawn[~np.isin(verdicts, [*said])]
        shares = (said[HOLDS] / studies, said[DOES_NOT] / studies)
        found.append(Rate(name, rule, tuple(looks), population, *truth_of(of), *shares))
    return found


def _judged(
    claim: Claim,
    rule: str,
    judge: Callable[[Seeds], Verdict],
    kinds: Sequence[tuple[Kind, Kind]],
    drawn: np.ndarray,
    known: dict[bytes, Verdict],
) -> np.ndarray:
    """The verdict on every study; on those that a rule cannot tell apart, once."""
    signs = _signs(claim, kinds, drawn) if rule == "new" else np.sort(drawn, axis=1)
    distinct, first, which = np.unique(
        signs, axis=0, return_index=True, return_inverse=True
    )
    for key, study in zip(distinct, drawn[first], strict=True):
        if key.tobytes() not in known:
            known[key.tobytes()] = judge(seeds_of([kinds[i] for i in study]))
    said = np.array([known[key.tobytes()] for key in distinct], dtype=object)
    return said[which.reshape(-1)]


def _signs(
    claim: Claim, kinds: Sequence[tuple[Kind, Kind]], drawn: np.ndarray
) -> np.ndarray:
    """All that the new rule looks at, of every study, in order."""
    if not claim.by_pairs:
        sign = np.array([claim.sign(*each) for each in kinds])
        return np.sort(sign[drawn], axis=1)
    table = [
        [claim.sign(*gap) for gap in (_between(one, other) for other in kinds)]
        for one in kinds
    ]
    pairs = drawn.reshape(len(drawn), -1, 2)
    return np.sort(np.array(table)[pairs[..., 0], pairs[..., 1]].round(9), axis=1)


def worst(found: Sequence[Rate]) -> tuple[float, float, float]:
    """Largest rates of false verdicts, and the mean power."""
    powers = [each.power for each in found if each.power is not None]
    return (
        max(each.false_holds for each in found),
        max(each.false_fails for each in found),
        float(np.mean(powers)),
    )


def table(found: Sequence[Rate]) -> str:
    """Markdown: a line per kind of verdict and number of seeds."""
    lines = [
        "| claim | seeds | old: false holds | false does not | power "
        "| new: false holds | false does not | power |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in CLAIMS:
        for looks in sorted({each.looks for each in found}):
            cells = [
                f"{100 * share:.1f} %"
                for rule in ("old", "new")
                for share in worst([e for e in found if e[:3] == (name, rule, looks)])
            ]
            seeds = ", then ".join(map(str, looks))
            lines.append(f"| {name} | {seeds} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _written(studies: Mapping[str, int], found: Sequence[Rate]) -> str:
    """All rates, one to a line."""
    rates = ",\n".join(json.dumps(list(rate)) for rate in found)
    head = {"studies": studies, "columns": Rate._fields}
    return f'{json.dumps(head)[:-1]},\n"rates": [\n{rates}\n]}}\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write the numbers.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(
        description="how often verdicts are wrong, old rules and new"
    )
    parser.add_argument("--studies", type=int, default=2000, help="of a population")
    parser.add_argument(
        "--old-studies", type=int, default=300, help="likewise, by the slow old rules"
    )
    parser.add_argument("--json", type=Path, help="file for all rates")
    parser.add_argument("--smoke", action="store_true", help="a few studies")
    given = parser.parse_args(arguments)
    studies = {"old": given.old_studies, "new": given.studies}
    every = LOOKS
    if given.smoke:
        studies, every = dict.fromkeys(studies, 5), LOOKS[:1]
    found = [
        rate
        for name in CLAIMS
        for rule in ("old", "new")
        for looks in every
        for rate in measure(name, rule, looks, studies[rule], 0)
    ]
    print(table(found))
    print(
        "\nFalse: in the worst population, of "
        f"{studies['old']} (old) and {studies['new']} (new) studies each. Power: a "
        "true verdict, mean over populations that have one."
    )
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(_written(studies, found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
