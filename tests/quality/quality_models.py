"""Random models of a few kilobytes with a byte-level tokenizer, in which "yes" is one token."""

import json
from pathlib import Path

SPECIAL = ["<pad>", "</s>", "<|turn|>"]
MERGES = [("y", "e"), ("ye", "s"), ("n", "o"), ("t", "h"), ("th", "e"), ("i", "n"), ("#", "#")]
CHAT = (
    "{% for m in messages %}<|turn|>{{ m['role'] }}\n{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)


def save_byte_tokenizer(folder: Path, *, chat: bool = False, ends: bool = False) -> int:
    """Write a byte-level BPE tokenizer; ``ends`` makes it put </s> after every text, as T5's does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*SPECIAL, *letters, *("".join(pair) for pair in MERGES)]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if ends:
        end = vocabulary["</s>"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", end)]
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        additional_special_tokens=["<|turn|>"],
        chat_template=CHAT if chat else None,
    )
    fast.save_pretrained(folder)
    return len(vocabulary)


def save_llama(folder: Path, *, chat: bool = False, seed: int = 1) -> Path:
    """Write a decoder-only model of four layers whose embeddings are tied."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    size = save_byte_tokenizer(folder, chat=chat)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.3,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def save_t5(folder: Path) -> Path:
    """Write an encoder-decoder model of two layers with FLAN-T5's activation."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    size = save_byte_tokenizer(folder, ends=True)
    torch.manual_seed(3)
    config = T5Config(
        vocab_size=size,
        d_model=32,
        d_kv=8,
        d_ff=48,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def save_flan_t5(folder: Path, *, tied: bool = False) -> Path:
    """Write files laid out as those of google/flan-t5-*: two shards, an output matrix, T5's tokenizer.

    transformers 5 writes T5 models with the output tied to the input embeddings, so the files are put
    together here. ``tied`` gives what the first T5 had: no output matrix, and a scaled output of the decoder.
    """
    import torch
    from safetensors.torch import save_file
    from transformers import T5Config, T5ForConditionalGeneration

    size = _save_unigram_tokenizer(folder)
    torch.manual_seed(4)
    settings = {
        "vocab_size": size,
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 48,
        "num_layers": 2,
        "num_decoder_layers": 3,
        "num_heads": 4,
        "feed_forward_proj": "relu" if tied else "gated-gelu",
        "tie_word_embeddings": tied,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
    }
    weights = dict(T5ForConditionalGeneration(T5Config(**settings)).state_dict())
    weights = {name: tensor.clone() for name, tensor in weights.items() if "embed_tokens" not in name}
    del weights["lm_head.weight"]
    if not tied:
        weights["lm_head.weight"] = torch.randn(size, 32) * 0.3
    shards = [dict(sorted(weights.items())[:20]), dict(sorted(weights.items())[20:])]
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name, shard in zip(names, shards, strict=True):
        save_file(shard, folder / name, metadata={"format": "pt"})
    index = {tensor: name for name, shard in zip(names, shards, strict=True) for tensor in shard}
    listing = {"metadata": {"total_size": 0}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(listing))
    config = {
        "model_type": "t5",
        "architectures": ["T5ForConditionalGeneration"],
        "n_positions": 512,
        **settings,
    }
    (folder / "config.json").write_text(json.dumps({**config, "is_encoder_decoder": True}))
    return folder


def _save_unigram_tokenizer(folder: Path) -> int:
    from transformers import T5Tokenizer

    words = ["\u2581yes", "\u2581no", "\u2581the", "\u2581", *map("\u2581{}".format, range(6))]
    letters = [chr(code) for code in range(33, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(word, -2.0 - rank / 10) for rank, word in enumerate(words)]
    pieces += [(letter, -6.0 - rank / 100) for rank, letter in enumerate(letters)]
    pieces += [(f"<extra_id_{number}>", 0.0) for number in reversed(range(100))]
    tokenizer = T5Tokenizer(vocab=pieces)
    tokenizer.save_pretrained(folder)
    return len(tokenizer)
