"""Random models of a few kilobytes with a byte-level tokenizer, in which "yes" is one token."""

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
    """Write an encoder-decoder model of two layers with FLAN-T5's activation and untied output."""
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
