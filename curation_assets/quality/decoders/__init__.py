"""Runs a decoder-only model over token ids up to some layer, on the backend that the settings name.

On a processor each document passes alone, at its own length: no neighbour can move a bit of its features,
and nothing is gained by batches (``benchmarks/scoring.py``). On a GPU documents of similar length pass
together, padded on the right; there features depend on the batch within the rounding of the arithmetic.
"""
