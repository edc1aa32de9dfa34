"""Commands that use trained language models; `seqjax.charlm train` makes them."""
