"""Texts to learn from: read, cut, counted in symbols; named ones are downloaded."""

from seqjax.lab.corpora.download import corpus_file as corpus_file
from seqjax.lab.corpora.download import data_folders as data_folders
from seqjax.lab.corpora.gutenberg import strip_gutenberg as strip_gutenberg
from seqjax.lab.corpora.load import Text as Text
from seqjax.lab.corpora.load import load as load
from seqjax.lab.corpora.manual import MANUAL as MANUAL
from seqjax.lab.corpora.manual import python_manual as python_manual
from seqjax.lab.corpora.named import CORPORA as CORPORA
from seqjax.lab.corpora.named import NamedCorpus as NamedCorpus
from seqjax.lab.corpora.reading import Decoded as Decoded
from seqjax.lab.corpora.reading import decode as decode
from seqjax.lab.corpora.reading import read_text as read_text
from seqjax.lab.corpora.splitting import Parts as Parts
from seqjax.lab.corpora.splitting import check_distinct as check_distinct
from seqjax.lab.corpora.splitting import check_parts as check_parts
from seqjax.lab.corpora.splitting import split as split
from seqjax.lab.corpora.vocabulary import KINDS as KINDS
from seqjax.lab.corpora.vocabulary import Vocabulary as Vocabulary
from seqjax.lab.corpora.vocabulary import vocabulary_of as vocabulary_of
