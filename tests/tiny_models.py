"""Random models of a few kilobytes, so that the whole graph runs in a test in seconds."""

from pathlib import Path

WORDS = ["yes", "no", "the", "of", "and", "to", "in", "is", "that", "a", "for", "with", "be", "have"]


def save_tokenizer(folder: Path) -> int:
    """Write a fast word-level tokenizer; return the size of its vocabulary."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: index for index, word in enumerate(["[UNK]", "[PAD]", "</s>", *WORDS])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", eos_token="</s>"
    )
    fast.save_pretrained(folder)
    return len(vocabulary)


def save_language_model(folder: Path) -> Path:
    """Write a two-layer Llama with random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    size = save_tokenizer(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def save_embedding_model(folder: Path) -> Path:
    """Write a one-layer BERT with random weights as a sentence-transformers model."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    inner = folder / "bert"
    size = save_tokenizer(inner)
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=size,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(inner)
    transformer = Transformer(str(inner), max_seq_length=128)
    saved = folder / "sentence"
    SentenceTransformer(modules=[transformer, Pooling(16)]).save(str(saved))
    return saved
