"""Command lines of small runs of every study and command, for `recording`.

Each takes seconds. Together they reach every cell, most optimisers, initialisers and
schedules, early stops, carried states, and every kind of table and figure.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One command line, and what is to be there before it runs.

    Attributes:
        words: of ``seqjax``, without ``--out``.
        before: runs that it reads, by folder.
        has_folder: whether it writes a run directory; else it prints only.
        in_chunks: whether its seeds can be trained in chunks.
    """

    words: str
    before: dict[str, str] = {}
    has_folder: bool = True
    in_chunks: bool = False


TALE = """charlm train tale.txt --split 0.8 0.2 0 --dropout 0.2 --hidden-size 8
    --window 5 --batch-size 4 --carried --reset 0.1 --seeds 2 --steps 24
    --learning-rate 0.03 --schedule cosine --warmup 3 --evaluate-every 8
    --sample-steps 0 10 24 --sample-temperatures 0 1 --sample-lengths 3 7"""

BYTES = """charlm train tale.txt --vocabulary bytes --split 0.7 0.2 0.1 --cell gru
    --layers 1 --hidden-size 6 --embedding 4 --window 6 --batch-size 3 --seeds 2
    --first-seed 1 --epochs 2 --optimizer rmsprop --optimizer-flavor char-rnn
    --schedule step --decay 0.5 --decay-every 1 --decay-unit epochs --forget-bias zero
    --sample-temperatures 0.5 --sample-lengths 5"""

CLUB = "graphs classify --model renormalized mlp --seeds 2 --epochs 5"

CASES: dict[str, dict[str, Case]] = {
    "palindrome": {
        "two-cells": Case(
            """palindrome --cells rnn lstm --lengths 3 6 --seeds 3 --steps 60
            --batch-size 16 --hidden-size 12 --evaluation-size 50""",
            in_chunks=True,
        ),
        "two-layers": Case(
            """palindrome --cells gru --lengths 4 --layers 2 --encoding onehot --seeds 3
            --first-seed 2 --steps 40 --batch-size 10 --hidden-size 6 --optimizer adam
            --initializer orthogonal --learning-rate 0.02 --stop-accuracy 0.3
            --stop-patience 3 --evaluation-size 40""",
            in_chunks=True,
        ),
        "chrono": Case(
            """palindrome --cells lstm --lengths 5 --forget-bias chrono --seeds 2
            --steps 20 --batch-size 7 --hidden-size 5 --optimizer nesterov
            --optimizer-flavor keras --no-early-stop --clip-norm 0.1
            --evaluation-size 30""",
        ),
    },
    "optimizers": {
        "two": Case(
            """optimizers --optimizers sgd adam --learning-rates 0.01 0.1 --seeds 2
            --test-seeds 3 --length 3 --steps 60 --batch-size 16 --hidden-size 12
            --evaluation-size 50""",
        ),
        "rest": Case(
            """optimizers --optimizers momentum adagrad rmsprop adadelta
            --learning-rates 0.003 0.03 --seeds 2 --test-seeds 2 --first-seed 1
            --cell lstm --length 4 --encoding scalar --steps 20 --batch-size 8
            --hidden-size 5 --optimizer-flavor tf1 --evaluation-size 20""",
        ),
    },
    "landscape": {
        "all": Case("optimizers landscape --steps 40"),
        "one-rate": Case(
            """optimizers landscape --landscapes ravine plateau
            --optimizers sgd nadam adamax adadelta nesterov adamw --steps 25
            --learning-rate 0.02""",
        ),
    },
    "charlm": {
        "carried": Case(TALE),
        "bytes": Case(BYTES),
    },
    "evaluate": {
        "best": Case(
            """charlm evaluate trained --temperatures 0 1 --lengths 10 20 --samples 3
            --prompt-length 4 --pieces 6 --grams 2 4 --ngram-order 3""",
            before={"trained": TALE},
        ),
        "bytes": Case(
            """charlm evaluate trained --last --part test --model-seed 2
            --temperatures 0.7 --lengths 12 --samples 2 --top-p 0.9 --prompts train
            --prompt-length 3 --pieces 4 --grams 3 --structure prose --ngram-order 2
            --window 4""",
            before={"trained": BYTES},
        ),
    },
    "writing": {
        "sample": Case(
            """charlm sample trained --prompt the --samples 2 --length 40 --seed 5
            --temperature 0.8 --top-k 5""",
            before={"trained": TALE},
            has_folder=False,
        ),
        "beam": Case(
            """charlm sample trained --length 20 --beam 3 --length-normalization 0.6
            --last --model-seed 1""",
            before={"trained": TALE},
            has_folder=False,
        ),
        "complete": Case(
            "charlm complete trained the cat --length 15 --seed 1",
            before={"trained": BYTES},
            has_folder=False,
        ),
        "compare": Case(
            "charlm compare one two --prompt a --length 30 --width 60 --seed 2",
            before={"one": TALE, "two": BYTES},
            has_folder=False,
        ),
    },
    "flow": {
        "two-cells": Case(
            """gradients flow --length 8 --at 0 3 12 --seeds 3 --examples 16
            --jacobian-times 4 --batch-size 16 --hidden-size 6""",
        ),
        "gru": Case(
            """gradients flow --cells gru --length 6 --at 0 5 --seeds 2 --first-seed 3
            --examples 8 --jacobian-examples 1 --jacobian-times 3 --batch-size 8
            --hidden-size 4 --encoding onehot --optimizer adam --initializer identity
            --clip-norm 0.5""",
        ),
    },
    "check": {
        "right": Case("gradients check right.py", has_folder=False),
        "wrong": Case("gradients check wrong.py --seed 1", has_folder=False),
    },
    "classify": {
        "whole": Case(
            """graphs classify --dataset karate --model renormalized chebyshev-2
            --seeds 3 --epochs 60""",
        ),
        "random": Case(
            """graphs classify --dataset karate --split random --per-class 2
            --validation-size 8 --test-size 12 --model mlp sage-mean first-order
            --seeds 2 --first-seed 4 --epochs 25 --hidden-size 5 --dropout 0.2
            --window 0 --learning-rate 0.05""",
        ),
        "minibatch": Case(
            """graphs classify --dataset karate --minibatch --batch-size 2
            --fan-out 3 2 --model renormalized sage-mean --seeds 2 --epochs 20
            --hidden-size 6 --block-size 10""",
        ),
    },
    "predict": {
        "second": Case(
            "graphs predict trained --model mlp",
            before={"trained": CLUB},
            has_folder=False,
        ),
    },
    "hops": {
        "example": Case(
            """graphs hops --models renormalized mlp --layers 3 --depths 1 4 --seeds 2
            --hidden-size 3 --activation tanh --memory-nodes 0 --memory-size 4
            --batch-size 2 --fan-out 1""",
        ),
        "karate": Case(
            """graphs hops --dataset karate --node 1 34 --path 17 30
            --models first-order sage-mean --layers 2 --depths 1 2 --seeds 2
            --first-seed 1 --hidden-size 4 --memory-nodes 100 --memory-size 3
            --batch-size 4 --fan-out 2""",
        ),
    },
    "forecast": {
        "heat": Case(
            """graphs forecast --dataset heat --graph example --snapshots 40
            --models gc-gru lstm-gcn --controls persistence gcn --seeds 3 --lags 2
            --horizon 2 --hidden-size 3 --steps 30""",
        ),
        "sir": Case(
            """graphs forecast --dataset sir --graph karate --snapshots 30
            --simulation-seed 1 --models gc-lstm --controls lstm shuffled --seeds 2
            --first-seed 1 --predicts value --convolution chebyshev-2 --hidden-size 3
            --steps 12 --optimizer rmsprop""",
        ),
    },
    "trees": {
        "boolean": Case(
            """graphs trees --tasks boolean --train-depth 2 --test-depth 3 --seeds 3
            --steps 30 --batch-size 8 --training-size 32 --hidden-size 4
            --evaluation-size 20""",
            in_chunks=True,
        ),
        "listops": Case(
            """graphs trees --tasks listops --models child-sum gru --train-depth 2
            --test-depth 2 --seeds 2 --first-seed 1 --steps 12 --batch-size 4
            --training-size 16 --hidden-size 3 --evaluation-size 10 --optimizer adamw
            --no-early-stop""",
            in_chunks=True,
        ),
    },
    "initialization": {
        "rnn": Case(
            """initialization --cells rnn --encodings onehot --lengths 4
            --initializers he orthogonal --seeds 3 --steps 30 --batch-size 8
            --hidden-size 6 --evaluation-size 20""",
            in_chunks=True,
        ),
        "gates": Case(
            """initialization --cells lstm gru --encodings scalar --lengths 3 5
            --initializers normal identity torch --other-initializer same
            --forget-bias one --seeds 3 --first-seed 1 --steps 12 --few-updates 6
            --batch-size 6 --hidden-size 4 --optimizer adam --evaluation-size 16""",
            in_chunks=True,
        ),
    },
    "memory": {
        "two-tasks": Case(
            """memory --tasks copying adding --cells rnn lstm --copying-lengths 3
            --adding-lengths 6 --seeds 3 --steps 30 --batch-size 8 --hidden-size 6
            --evaluation-size 20""",
            in_chunks=True,
        ),
        "recall": Case(
            """memory --tasks recall --cells gru --recall-lengths 3 5 --layers 2
            --seeds 3 --first-seed 5 --steps 20 --batch-size 9 --hidden-size 4
            --optimizer nadam --stop-accuracy 0.2 --stop-patience 2
            --success-accuracy 0.2 --evaluation-size 18""",
            in_chunks=True,
        ),
    },
    "gate": {
        "report": Case("phased gate"),
        "given": Case(
            """phased gate --period 4 2 --shift 0.5 --open-ratio 0.2 0.6 --leak 0.1
            --duration 6""",
        ),
    },
    "noise": {
        "three": Case(
            """phased noise --models lstm right all-learnt --seeds 3 --steps 30
            --batch-size 8 --hidden-size 4 --evaluation-size 20""",
            in_chunks=True,
        ),
        "peephole": Case(
            """phased noise --models right wrong period-learnt period-held --period 4
            --wrong-period 6 --values 20 --seeds 2 --first-seed 1 --steps 12
            --batch-size 6 --hidden-size 3 --cell peephole --evaluation-size 12""",
        ),
    },
    "silence": {
        "all-models": Case(
            """phased silence --lengths 3 8 --copied 1 --seeds 3 --steps 30
            --batch-size 8 --hidden-size 6 --evaluation-size 20""",
            in_chunks=True,
        ),
        "stopping": Case(
            """phased silence --lengths 4 --copied 2 --seeds 2 --first-seed 2 --steps 16
            --batch-size 5 --hidden-size 4 --optimizer rmsprop --learnt shift
            --stop-accuracy 0.1 --stop-patience 2 --evaluation-size 10""",
        ),
    },
    "learning": {
        "two-choices": Case(
            """phased learning --choices all none --seeds 3 --steps 30 --batch-size 6
            --hidden-size 4 --longest 18 --evaluation-size 30""",
            in_chunks=True,
        ),
        "pairs": Case(
            """phased learning --choices period shift-open_ratio --seeds 2
            --first-seed 1 --steps 12 --batch-size 4 --hidden-size 3 --cell gru
            --longest 17 --no-early-stop --evaluation-size 12""",
        ),
    },
    "frequency": {
        "asynchronous": Case(
            """phased frequency --regimes asynchronous --seeds 2 --epochs 4
            --epoch-size 20 --batch-size 8 --hidden-size 5 --longest 18
            --evaluation-size 30""",
        ),
        "regular": Case(
            """phased frequency --regimes standard --models phased bn-lstm --seeds 2
            --first-seed 1 --epochs 2 --epoch-size 12 --batch-size 6 --hidden-size 4
            --phased-cell peephole --normalized input --learnt period shift
            --longest 18 --evaluation-size 12""",
        ),
    },
    "reconcile": {
        "two-initializers": Case(
            """reconcile --budget 1000 --seeds 2 --steps 12 --hidden-size 2 --lengths 3
            --encodings scalar --initializers he orthogonal --forget-biases zero
            --learning-rates 0.001 --optimizers rmsprop --batch-sizes 128
            --stops solved --evaluation-size 50""",
        ),
        "two-stops": Case(
            """reconcile --budget 1000 --seeds 3 --first-seed 1 --steps 15
            --hidden-size 2 --lengths 4 --encodings onehot --initializers he
            --forget-biases zero one --learning-rates 0.01 --optimizers rmsprop
            --batch-sizes 128 --stops never --evaluation-size 20""",
        ),
    },
}
"""By study, and by what is particular."""

MOST_UPDATES = 15
"""Of the settings that `reconcile` trains for the reports' claims, instead of up to ten
thousand: it has no option for this, and would take half an hour."""
