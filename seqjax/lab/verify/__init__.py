"""Whether a report page tells what comes out: ``seqjax verify``."""
