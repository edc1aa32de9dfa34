"""Timings of seqjax beside its peers; `README.md` says how to run them."""
