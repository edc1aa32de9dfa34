"""Training and testing all seeds of one model by mini-batches, one after another."""

import numpy as np

from seqjax.core.graphs import GraphWeights
from seqjax.core.keys import seed_keys
from seqjax.graphs.classify.answers import (
    Answers,
    Embedding,
    counted_answers,
    principal,
)
from seqjax.graphs.classify.batches import Maker
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.ending import block_of, middle
from seqjax.graphs.classify.fields import source_of
from seqjax.graphs.classify.inference import whole_graph
from seqjax.graphs.classify.learning import Curves, Learner, Learning
from seqjax.graphs.classify.minibatch import MiniBatches
from seqjax.graphs.classify.problem import graph_of, splits_of
from seqjax.graphs.classify.training import shown
from seqjax.lab.data.graph_data import Split
from seqjax.lab.study import Block, Reporter


class SampledTrainer:
    """All seeds of one model, by mini-batches.

    Args:
        config: the study's.
        model: one that looks one step at most.
    """

    def __init__(self, config: ClassifyConfig, model: str) -> None:
        self._config, self._model = config, model
        self._graph = graph_of(config.dataset)
        self._source = source_of(self._graph, model)
        features, matrix = self._source.features, self._source.matrix
        fan_outs = (config.fan_out[0], config.fan_out[-1])
        maker = Maker(features, matrix, self._graph.labels, fan_outs)
        learning = Learning(config, model, features.shape[1], self._graph.num_classes)
        self._batches = MiniBatches(config, model, learning, maker)

    def run(self, report: Reporter) -> Block:
        """Train, and test on the whole graph.

        Args:
            report: told of the losses as they come.

        Returns:
            A row and curves per seed.
        """
        config = self._config
        report.block(self._model, self._model, float(config.seeds * config.epochs))
        shape = (config.seeds, config.epochs)
        curves = Curves(*[np.full(shape, np.nan, np.float32) for _ in range(3)])
        keys, splits = seed_keys(config.seed_numbers), splits_of(config)
        learners: list[Learner] = []
        found: list[Answers] = []
        for i, (seed, split) in enumerate(
            zip(config.seed_numbers, splits, strict=True)
        ):
            learner = self._batches.init(keys[i])
            for epoch in range(config.epochs):
                learner, seen = self._batches.epoch(learner, split, seed)
                for curve, value in zip(curves, seen, strict=True):
                    np.asarray(curve)[i, epoch] = value
                here = Curves(*[np.full((1, 1), value) for value in seen])
                report.advance(1.0, {"seed": seed, **shown(epoch + 1, here)})
                if learner.stopped:
                    break
            learners.append(learner)
            found.append(self._test(learner.weights, split)[0])
        return self._block(curves, learners, found, splits)

    def _block(
        self,
        curves: Curves,
        learners: list[Learner],
        found: list[Answers],
        splits: list[Split],
    ) -> Block:
        answers = Answers(
            np.stack([np.asarray(each.loss) for each in found]),
            np.stack([np.asarray(each.confusion) for each in found]),
        )
        chosen = middle(answers)
        _, picture = self._test(learners[chosen].weights, splits[chosen])
        return block_of(
            self._config,
            self._model,
            self._graph.labels,
            curves,
            answers,
            picture,
            epochs=np.array([int(learner.epoch) for learner in learners]),
            early=np.array([bool(learner.early) for learner in learners]),
            diverged=np.array([bool(learner.diverged) for learner in learners]),
        )

    def _test(self, weights: GraphWeights, split: Split) -> tuple[Answers, Embedding]:
        """One seed on the whole graph, block by block."""
        source, size = self._source, self._config.block_size
        hidden, logits = whole_graph(
            self._model, weights, source.features, source.matrix, block=size
        )
        test = np.asarray(split.test)
        answers = counted_answers(logits[test], self._graph.labels[test])
        return answers, principal(hidden)
