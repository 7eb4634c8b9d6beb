"""Samplers: from what is known about candidates to which of them should be taken, and how often.

A family of samplers has a file, with functions of plain arrays. ``registry`` names them and says what each
reads; ``interface`` holds what a sampler gets and returns; docs/samplers.md compares them.
"""

from curation_assets.mixture.samplers.interface import Neighbours, Sampler, Scores, scores_of
from curation_assets.mixture.samplers.registry import SAMPLERS

__all__ = ["SAMPLERS", "Neighbours", "Sampler", "Scores", "scores_of"]
