"""A card's numbers with their intervals, looked up in the results."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.estimates import estimate, ratio
from seqjax.charlm.evaluation.rows import TEXT
from seqjax.charlm.measures import Gap, generalisation_gap
from seqjax.core.statistics import Estimate
from seqjax.lab.study import Results


class Longest(NamedTuple):
    """The longest run of the training text that a model's samples have.

    Attributes:
        name: of the model.
        temperature: it was written at.
        run: its characters.
        held_out: characters of the longest run of pieces of held-out text.
        beyond: samples at that temperature with a longer run than any piece.
        samples: how many samples.
        pieces: how many pieces.
        text: the run itself.
        at: a place of it in the training text.
        times: how often it stands there.
    """

    name: str
    temperature: float
    run: int
    held_out: int
    beyond: int
    samples: int
    pieces: int
    text: str
    at: int
    times: int


class Card:
    """What is known of the models of one evaluation.

    Intervals are over seeds where there are several; of one model they are over its
    samples, and what is measured on the whole text has none.

    Args:
        config: of the evaluation.
        results: its rows and arrays.
    """

    def __init__(self, config: Config, results: Results) -> None:
        self.config, self._results = config, results
        self.several = len(config.names) > 1
        self.measures: list[str] = self.array(TEXT, "measures").tolist()
        self.corpus: str = self.array(TEXT, "corpus").item()
        self.kind: str = self.array(TEXT, "kind").item()
        characters: list[int] = self.array(TEXT, "characters").tolist()
        self.train_characters, self.held_out_characters = characters

    @property
    def title(self) -> str:
        """The corpus, fit for a figure: no folders, and no dollar begins a formula."""
        names = [word.rpartition("/")[2] for word in self.corpus.split()]
        return " ".join(names).replace("$", r"\$")

    @property
    def window(self) -> int:
        """Characters after which the state is reset, where it is."""
        return int(self._values("model", "window")[0] or 0)

    @property
    def unit(self) -> str:
        """What the intervals of samples are over."""
        return "seeds" if self.several else "samples"

    def history(self, name: str, metric: str) -> np.ndarray | None:
        """An array of a block; None where it has none.

        Args:
            name: of the block.
            metric: of the array.
        """
        return self._results.history.get(f"{name}/{metric}")

    def array(self, name: str, metric: str) -> np.ndarray:
        """An array that a block has.

        Args:
            name: of the block.
            metric: of the array.
        """
        return self._results.history[f"{name}/{metric}"]

    def baseline(self, source: str, measure: str) -> float | None:
        """A number of what is no model.

        Args:
            source: the baseline's name.
            measure: what is wanted.
        """
        found = self._values(source, measure)
        return found[0] if found else None

    def baselines(self) -> list[str]:
        """Their names, in the order of the rows."""
        sources = (r["source"] for r in self._results.rows if r["measure"] == "nats")
        return [name for name in dict.fromkeys(sources) if name != "model"]

    def values(self, measure: str, part: str, state: str) -> list[float]:
        """A number of every model; that of the uniform guess where one diverged.

        Args:
            measure: what is wanted.
            part: of the text.
            state: carried or reset.
        """
        chance = self.baseline("uniform", measure)
        found = self._values("model", measure, part=part, state=state)
        known = [chance if value is None else value for value in found]
        return [value for value in known if value is not None]

    def predicted(self, measure: str, part: str, state: str) -> Estimate | None:
        """The mean of `values`; None where there are none.

        Args:
            measure: what is wanted.
            part: of the text.
            state: carried or reset.
        """
        return estimate(self.values(measure, part, state))

    def diverged(self) -> int:
        """How many models have no loss."""
        part = self.config.part
        found = self._values("model", "nats", part=part, state="carried")
        return sum(value is None for value in found)

    def gaps(self) -> list[Gap]:
        """How much worse every model is on held-out text, the state carried."""
        train = self.values("nats", "train", "carried")
        held_out = self.values("nats", self.config.part, "carried")
        pairs = zip(train, held_out, strict=True)
        return [generalisation_gap(known, new) for known, new in pairs]

    def written(
        self, measure: str, temperature: float | int, length: int
    ) -> Estimate | None:
        """A measure of samples; None where none has what it is a share of.

        Args:
            measure: one of `measures`.
            temperature: they are written at.
            length: that they are cut to.
        """
        keys = {"temperature": temperature, "length": length}
        if self.several:
            found = self._values("model", measure, **keys)
            return estimate([value for value in found if value is not None])
        place = (
            self.config.temperatures.index(temperature),
            self.config.lengths.index(length),
            self.measures.index(measure),
        )
        (name,) = self.config.names
        hits, totals = (self.array(name, side)[place] for side in ("hits", "totals"))
        return ratio(hits, totals, measure)

    def held_out(self, measure: str, length: int) -> Estimate | None:
        """The same measure of pieces of held-out text: the chance level.

        Args:
            measure: one of `measures`.
            length: of the pieces.
        """
        place = self.measures.index(measure), self.config.lengths.index(length)
        hits = self.array(TEXT, "held_out_hits")[place]
        return ratio(hits, self.array(TEXT, "held_out_totals")[place], measure)

    def longest(self) -> list[Longest]:
        """For every model and temperature, of samples of the greatest length."""
        config, run = self.config, self.measures.index("run")
        length = config.lengths.index(config.longest)
        there = self.array(TEXT, "held_out_totals")[run, length] > 0
        usual = self.array(TEXT, "held_out_hits")[run, length][there]
        found = []
        for name in config.names:
            texts, at, times = (
                self.array(name, f"longest_run{part}").tolist()
                for part in ("", "_at", "_times")
            )
            for i, temperature in enumerate(config.temperatures):
                runs = self.array(name, "hits")[i, length, run]
                found.append(
                    Longest(
                        name,
                        temperature,
                        run=int(runs.max()),
                        held_out=int(usual.max()),
                        beyond=int((runs > usual.max()).sum()),
                        samples=len(runs),
                        pieces=len(usual),
                        text=texts[i],
                        at=at[i],
                        times=times[i],
                    )
                )
        return found

    def _values(self, source: str, measure: str, **keys: Any) -> list[float | None]:
        wanted = {"source": source, "measure": measure, **keys}
        return [
            row["value"]
            for row in self._results.rows
            if all(row[name] == value for name, value in wanted.items())
        ]
