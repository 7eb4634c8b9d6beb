"""Checks of what the stages made: statistics that warn, each from the tables alone."""
