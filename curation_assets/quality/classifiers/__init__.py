"""Quality scores by small trained models: one linear product a document, no language model.

Every scorer has ``fingerprint``, the content hash of all that a score depends on beside the text, and
``score(texts)``, float64 [n] without NaN, each value of which depends on its text alone:

- ``hashed``: GPT-3's classifier, logistic regression on hashed words;
- ``fasttext``: averaged vectors of words and word bigrams (DCLM), trained here or read from fastText's file;
- ``dsir``: the log importance weight of hashed n-grams;
- ``embedding``: FineWeb-Edu's linear regression, on vectors instead of texts.

``train`` is the command line that trains them.
"""
