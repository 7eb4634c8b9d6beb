"""A sentence for every column that the stage itself does not speak of."""

from collections.abc import Mapping

from curation_assets.stage import Stage

_SHARD_OF = "the shard where that document lies"
_CLEAN = {
    "url": "address of the record",
    "source": "where the record is from",
    "metadata": "the other fields of the record, JSON",
    "title": "title that a page states",
    "characters": "length of the cleaned text in characters",
    "url_soft_words": "words of the address of which two drop the document",
    "bad_word_share": "share of the words that are obscene, 0 to 1",
    "toxic_word_share": "share of the words that are insults and threats, 0 to 1",
    "gopher_words": "number of words",
    "gopher_mean_word_length": "mean length of a word in characters",
    "gopher_hash_ratio": "hash signs for each word",
    "gopher_ellipsis_ratio": "ellipses for each word",
    "gopher_bullet_lines": "share of the lines that begin with a bullet, 0 to 1",
    "gopher_ellipsis_lines": "share of the lines that end with an ellipsis, 0 to 1",
    "gopher_alphabetic_words": "share of the words with a letter, 0 to 1",
    "gopher_stop_words": "how many common words of its language it has",
    "gopher_duplicate_lines": "share of the lines that repeat an earlier one, 0 to 1",
    "gopher_duplicate_paragraphs": "share of the paragraphs that repeat an earlier one, 0 to 1",
    "gopher_duplicate_line_characters": "share of the characters in repeated lines, 0 to 1",
    "gopher_duplicate_paragraph_characters": "share of the characters in repeated paragraphs, 0 to 1",
    **{
        f"gopher_top_{n}_gram": f"share of the characters in the commonest run of {n} words, 0 to 1"
        for n in (2, 3, 4)
    },
    **{
        f"gopher_duplicate_{n}_grams": f"share of the characters in repeated runs of {n} words, 0 to 1"
        for n in range(5, 11)
    },
    "c4_removed_lines": "lines that the rules of C4 took out",
    "c4_removed_citation_marks": "marks of citations, such as [1], that were taken out",
    "c4_sentences": "number of sentences",
    "c4_lorem_ipsum": "1 where it has lorem ipsum, else 0",
    "c4_curly_brackets": "curly brackets in the text",
    "fineweb_terminal_lines": "share of the lines that end a sentence, 0 to 1",
    "fineweb_short_lines": "share of the lines that are short, 0 to 1",
    "fineweb_duplicate_line_characters": "share of the characters in repeated lines, as FineWeb counts",
    "fineweb_line_breaks_per_word": "line breaks for each word",
    "refinedweb_removed_lines": "lines of menus and counters that the rules of RefinedWeb took out",
    "refinedweb_removed_words": "share of the words that went with them, 0 to 1",
    "pii_emails": "e-mail addresses masked",
    "pii_ip_addresses": "IP addresses masked",
    "pii_phones": "telephone numbers masked",
    "pii_credit_cards": "card numbers masked",
    "pii_ibans": "bank account numbers (IBAN) masked",
    "pii_us_ssns": "US social security numbers masked",
    "pii_kr_rrns": "Korean resident registration numbers masked",
}
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "raw_documents": {"url": "address of the record, as it states it"},
    "quarantine": {
        "shard": "the file of the inbox",
        "position": "where in the file the row is",
        "reason": "why it could not be read",
        "excerpt": "its first characters",
    },
    "clean_documents": _CLEAN,
    "signatures": {
        "date": "the document's date, by which the copy that stays may be chosen",
        "quality": "share of the lines that end a sentence, by which the copy that stays may be chosen",
        "url_hash": "equal for equal addresses",
        "source": "where the record is from",
        "characters": "length of the text in characters",
        "tokens": "words of the text as shingles are made of them",
    },
    "dedup_clusters": {"representative_shard": _SHARD_OF},
    "duplicate_edges": {
        "doc_id_a": "a document of the pair",
        "shard_a": _SHARD_OF,
        "exact_hash_a": "hash of its words",
        "doc_id_b": "the other document",
        "shard_b": _SHARD_OF,
        "exact_hash_b": "hash of its words",
        "similarity": "true Jaccard similarity of the two",
    },
    "containment_pairs": {
        "text_hash": "hash of the text that may be an excerpt",
        "container_text_hash": "hash of the larger text",
        "containment": "share of the first one's runs of words that the larger text has; null = refuted",
    },
    "semantic_duplicates": {"representative_shard": _SHARD_OF},
    "density_sketch": {
        "cell": "number of the cell",
        "text_hash": "hash of the text whose vector is the landmark, where it is known",
        "count": "documents that were counted",
        "landmark": "the vector that the cell lies around, in whole numbers",
        "sum": "the sum of the vectors of the cell, in whole numbers",
        "row": "the hash function",
        "bucket": "its value",
        "params": "what the sketch was made with, JSON",
    },
    "mixture_plan": {
        "source": "where the document is from; null unless selected",
        "language": "its language; null unless selected",
        "quality": "the score that the mixture goes by; null unless selected",
        "density": "how crowded its neighbourhood is; null unless selected",
    },
    "ledger": {"kept_instead_shard": _SHARD_OF},
}


def sentence(table: str, column: str, stage: Stage) -> str | None:
    """Return what a column of a table means, or None for one that nobody has described."""
    known = stage.columns.get(column) or SENTENCES.get(table, {}).get(column)
    if known is None and table == "quality_scores":
        return f"the score of quality.scorers.{column}, as it is"
    return known
