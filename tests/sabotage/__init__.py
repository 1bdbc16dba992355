"""Sojourn with one thing wrong, over and over: each time a test that is named beside it has to fail.

`python -m tests.sabotage` (`make sabotage`) runs them all; words given choose those whose names hold them.
"""
