"""containment_keys and contained_documents: which documents are excerpts of a larger one."""
