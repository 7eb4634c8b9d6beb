"""The parts of build_sample.py."""
