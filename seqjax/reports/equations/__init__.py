"""What the reports write down beside derivations, as code that can be run.

Each equation, or the words that stand for one, is quoted above its transcription. A
transcription has the reports' mistakes: `seqjax.reports.judges` runs it.
"""
