"""Graphs that go by a name and are downloaded: where each of their files comes from."""

from pathlib import Path
from typing import NamedTuple

from seqjax.lab.data.download import DURATION, SILENCE, Remote, data_folders, fetched
from seqjax.lab.running.devices import cache_folder

PARTS = ("y", "allx", "ally", "tx", "ty", "graph", "test.index")
"""What is read of a Planetoid graph; the file x is the first rows of allx again."""


class Stored(NamedTuple):
    """One file, as it is where it comes from.

    Attributes:
        size: Bytes.
        sha256: Of these.
    """

    size: int
    sha256: str


PLANETOID_URL = (
    "https://raw.githubusercontent.com/kimiyoung/planetoid/"
    "221ebe0236984018f23fcb7b039708ea4d45bfd4/data/"
)
"""Where the files of Planetoid are, at a commit."""


def _table(lines: str) -> dict[str, Stored]:
    """Files by part, from lines of part, size and checksum."""
    rows = (line.split() for line in lines.strip().splitlines())
    return {part: Stored(int(size), sha256) for part, size, sha256 in rows}


# Each checksum was taken from the file itself at that commit, but that of pubmed's allx
# from a Git LFS pointer to it (github.com/D61-IA/FisherGCN at 140cb297acb8), where the
# pointers to its sister files have the checksums and sizes of these.
PLANETOID = {
    "cora": _table("""
        y 4054 94465c14eb53e04ca262198dcbb2521ee8af60fb3f3d546cd6ca24a511b0e7d1
        allx 257305 9419ba2f26f5c35243db64aba110e0f35a04851609e0dc5433450676ca6b8543
        ally 47959 2b998f5cc7fedc86e7f97ca2498f47a1ffc1462c29e2d578b23bf3f62b6e7d71
        tx 148025 b9afbaa4a400df991f6f02ef677e1e44da55ffc04801fd02f9e673987829226a
        ty 28135 41f5ac76596a1699cc33f53084a2419e92961c42bb75f36fc38e616d348532ad
        graph 59847 58f13302f39dde8852dad6fe6d15b89b077b6d7f837626bce671ef80344b383d
        test.index 5000 297ce89af2b51a6a194181c7dbe1796c6a1cf9cd9349a88383b1b1e227867875
    """),
    "citeseer": _table("""
        y 3014 8ba87e515d8e3ee3cf52f6d2c5b86aa73f11ecad825a808455209ec26cd54924
        allx 595021 2ac30345d95c9ec933a817ee0bdd6a5f077f8c184a20e696910192d534414668
        ally 55623 f704b2d986dde6c2669934de1f3ae5696a6cf9455c0f6b2646a2d135ea0a1c95
        tx 260321 539a8906a2da97628d212f2fdd668c109a8b3f0d36574b59e5d3fd5b5303da21
        ty 24135 55e5bd1ba1e733a04598753ad1a8d57957f4b8f89e74519f41f4f4938767e4ce
        graph 61987 d79a4ef9d3e7169aee8946145f6b7306e35bc79bffad26346cfb94e10e9912a7
        test.index 5000 2af990671580b6b2df5d158d1038f8292e30c9cd821b5453f399659b25b723d4
    """),
    "pubmed": _table("""
        y 854 e6c807633307a07ed659249006536a147c7999c797f11a2560752990181b41b3
        allx 7578385 508e538e2abdccdd54c4d3e9f49d638b4af7107d85845f66ddea5a5152658b7e
        ally 224739 0c37bbe3b5014ec365e9d393cf4791925e5ed94fb194305d74f064a8d7b50f0e
        tx 405505 4eb5f5d0f30f26497eb0ac6ac9719d09c67e284f1ed0385c93f3ef27a671da3d
        ty 12135 ee2e0d4819d9fbcc403689c3bf2e49face401b605932f093bc58ab6461130fdd
        graph 471808 5b89f0036ca22909471f1e6558eb42fa06e0c730a577bde5b058b40638f81dc9
        test.index 6000 b101d421688bbaecbd82e8a18f1e282378d6830f3a37666f28ebc47f844341b5
    """),
}
"""The files of each graph, by part."""

CHICKENPOX_URL = (
    "https://raw.githubusercontent.com/benedekrozemberczki/"
    "pytorch_geometric_temporal/b4fc8e12d507b6a5adb7249bbe9a32ae4323e60e/dataset/"
)
"""Where the series on graphs are, at a commit."""

TEMPORAL = {
    "chickenpox": Stored(
        220340, "724b48cfb274b2ecbb855bdb99b970b5ef9dd3671694fa477435dc1e08293735"
    ),
}
"""Series by name: chickenpox in the counties of Hungary, week by week.

The source calls them cases; but each has a mean of 0, follows itself with a correlation
of -0.5, and its running sum has the seasons of the disease: they are changes of cases.
"""


def planetoid_files(
    name: str,
    *,
    cache: Path | None = None,
    silence: float = SILENCE,
    duration: float = DURATION,
) -> list[Path]:
    """The files of a Planetoid graph, downloaded unless they are here.

    Args:
        name: One of `PLANETOID`.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.
        silence: Seconds without a byte after which a server is given up, 30 by default.
        duration: Seconds after which a file is given up, 600 by default.

    Returns:
        In the order of `PARTS`, each with the checksum in `PLANETOID`.

    Raises:
        UserError: A file in ``$SEQJAX_DATA/planetoid`` or ``$SEQJAX_DATA`` is another
            one, or a download failed; then nothing of that file is kept.
    """
    folder = cache or cache_folder() / "graphs"
    paths = []
    for part, stored in PLANETOID[name].items():
        file = f"ind.{name}.{part}"
        remote = _remote(PLANETOID_URL, file, stored, "give its folder")
        folders = data_folders("planetoid")
        paths.append(
            fetched(remote, folders, folder, silence=silence, duration=duration)
        )
    return paths


def temporal_file(
    name: str,
    *,
    cache: Path | None = None,
    silence: float = SILENCE,
    duration: float = DURATION,
) -> Path:
    """The file of a series on a graph, downloaded unless it is here.

    Args:
        name: One of `TEMPORAL`.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.
        silence: Seconds without a byte after which a server is given up, 30 by default.
        duration: Seconds after which the file is given up, 600 by default.

    Raises:
        UserError: A file in ``$SEQJAX_DATA/temporal`` or ``$SEQJAX_DATA`` is another
            one, or the download failed; then nothing of it is kept.
    """
    folder = cache or cache_folder() / "graphs"
    remote = _remote(CHICKENPOX_URL, f"{name}.json", TEMPORAL[name], "give its path")
    folders = data_folders("temporal")
    return fetched(remote, folders, folder, silence=silence, duration=duration)


def _remote(url: str, file: str, stored: Stored, as_it_is: str) -> Remote:
    return Remote(
        "file", file, url + file, stored.size, stored.sha256, file, (), as_it_is
    )
