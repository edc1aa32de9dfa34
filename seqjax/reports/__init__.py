"""Every claim of the five reports beside what is measured: ``seqjax report --all``."""
