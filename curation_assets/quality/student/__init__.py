"""Cheap stand-ins for a scorer that is too slow for all texts, from any column of its scores.

- ``student``: counted features and n-grams, boosted trees, calibration to the teacher's scale; ``training``;
- ``embedded``: the same from embeddings, by ridge regression;
- ``gate``: whether a student ranks texts as its teacher does, on texts that it has not seen;
- ``cascade``: the student for all texts, the teacher for those in a ``band`` of doubt;
- ``picking``: active learning, which texts a teacher or a person should score next.

A scorer has ``fingerprint``, the content hash of all that a score depends on beside the text, and
``score(texts)``, float64 [n], each value of which depends on its text alone. ``train`` is the command line.
"""
