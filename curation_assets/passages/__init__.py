"""passage_keys and repeated_passages: which lines and passages of a document an earlier one has already."""
