"""Texts that go by a name: where each comes from, and how it is known to be the one."""

from typing import NamedTuple


class NamedCorpus(NamedTuple):
    """A text that can be downloaded.

    Attributes:
        title: What it is, for people.
        url: Where it comes from, at a fixed version wherever there are versions.
        size: Bytes there.
        sha256: Of those bytes.
        file: Its name in a folder of data and in the cache.
        also: SHA-256 of other files that are the same text, with other ends of lines.
    """

    title: str
    url: str
    size: int
    sha256: str
    file: str
    also: tuple[str, ...] = ()


_GITHUB = "https://raw.githubusercontent.com/"

CORPORA = {
    "shakespeare": NamedCorpus(
        "Tiny Shakespeare: 40 000 lines of the plays",
        _GITHUB + "karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/"
        "data/tinyshakespeare/input.txt",
        1_115_394,
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        "tinyshakespeare.txt",
    ),
    "grimm": NamedCorpus(
        "Grimms' fairy tales (Project Gutenberg 2591)",
        _GITHUB + "GITenberg/Grimms-Fairy-Tales_2591/"
        "9991a30953853be9b40751408c3ad0d3af314fb7/2591-0.txt",
        560_166,
        "3090ed9c87b91509ee59a4d8124cc9f09b80d513c446124059bdb6f214a4481b",
        "grimm_fairy_tales.txt",
        ("e6439bd511820742e842e21b75e89b394d3809eec82ca56b506c39ff39d4a7d6",),
    ),
    "bible": NamedCorpus(
        "The King James Bible without numbers of verses (Canterbury corpus)",
        _GITHUB + "pfalcon/canterbury-corpus/"
        "c380ef9dc1dc62691757fdfeebdc2f85710e1e46/large/bible.txt",
        4_047_392,
        "4e0a7e8dff7d9c82dbded57305c0ca3cdd3c4ca014db27121782fe9710f4723f",
        "king_james_bible.txt",
    ),
    "karenina": NamedCorpus(
        "Anna Karenina, translated by C. Garnett (Project Gutenberg 1399)",
        _GITHUB + "GITenberg/Anna-Karenina_1399/"
        "cb3b12d5db852936e5a3abc05ef02939c9dcfd6e/1399-0.txt",
        2_068_089,
        "ed44f47853a75d27009a011ae6d243fa89b8e03806b1dfcc66c1a80658d6b0c4",
        "anna_karenina.txt",
        ("1f34543eebee0485db42d4f97ee6c15d0924b92d4c84b28f310f3b3701008ecf",),
    ),
    "plato": NamedCorpus(
        "Plato's Republic, translated by B. Jowett (Project Gutenberg 1497)",
        _GITHUB + "GITenberg/The-Republic_1497/"
        "013f8ef56b6abf6165755ed1a88d4cdcc512be6c/1497.txt",
        1_239_109,
        "961047d3396d2779a0cb1504c59d5039f0877ace9129b2c5baecb95c9b420c80",
        "plato_republic.txt",
        ("1b2986d5ecc717a1ffcfaf9c8bbc20f63b6a5955cd60553e8c2fe6c0de6f521c",),
    ),
    "homer": NamedCorpus(
        "Homer's Iliad, translated by S. Butler (Project Gutenberg 2199)",
        _GITHUB + "GITenberg/The-Iliad_2199/"
        "f12180f6352c763be11901f7ca6b04cb4737409e/2199.txt",
        843_123,
        "5d38105365b7c13918244b52d067e06ebd095c74eb18f6fcf99abb16748cbe33",
        "homer_iliad.txt",
        ("1c34129a0d77a11a71abe881653f5c0508926e5c8dcd2caef5a68e9d1c24cac6",),
    ),
    "calculus": NamedCorpus(
        "Calculus Made Easy by S. Thompson, in LaTeX (Project Gutenberg 33283)",
        "https://www.gutenberg.org/files/33283/33283-t/33283-t.tex",
        434_571,
        "ceca75298f640dfda6e9d632c7f7b1d71d04bc3e619140b8ea1bc76991d57352",
        "calculus_made_easy.tex",
    ),
}
"""By name. Every checksum was taken from the file itself."""
