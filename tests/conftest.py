"""Hypothesis draws the same examples on every run, and no clock decides whether one passes."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")
