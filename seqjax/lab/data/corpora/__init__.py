"""Texts to learn from: read, cut, counted in symbols; named ones are downloaded."""

from seqjax.lab.data.corpora.download import corpus_file as corpus_file
from seqjax.lab.data.corpora.download import data_folders as data_folders
from seqjax.lab.data.corpora.gutenberg import strip_gutenberg as strip_gutenberg
from seqjax.lab.data.corpora.load import Text as Text
from seqjax.lab.data.corpora.load import load as load
from seqjax.lab.data.corpora.manual import MANUAL as MANUAL
from seqjax.lab.data.corpora.manual import python_manual as python_manual
from seqjax.lab.data.corpora.named import CORPORA as CORPORA
from seqjax.lab.data.corpora.named import NamedCorpus as NamedCorpus
from seqjax.lab.data.corpora.reading import Decoded as Decoded
from seqjax.lab.data.corpora.reading import decode as decode
from seqjax.lab.data.corpora.reading import read_text as read_text
from seqjax.lab.data.corpora.splitting import Parts as Parts
from seqjax.lab.data.corpora.splitting import check_distinct as check_distinct
from seqjax.lab.data.corpora.splitting import check_parts as check_parts
from seqjax.lab.data.corpora.splitting import split as split
from seqjax.lab.data.corpora.vocabulary import KINDS as KINDS
from seqjax.lab.data.corpora.vocabulary import Vocabulary as Vocabulary
from seqjax.lab.data.corpora.vocabulary import vocabulary_of as vocabulary_of
