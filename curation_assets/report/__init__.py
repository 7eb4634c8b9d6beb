"""The report on a lake: numbers (figures.py and what fills it) apart from drawing (page.py and its parts)."""
