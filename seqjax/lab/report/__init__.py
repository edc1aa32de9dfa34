"""One page of finished runs, made from their files alone: ``seqjax report``."""
