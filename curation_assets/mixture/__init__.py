"""mixture: which documents a model is trained on."""
