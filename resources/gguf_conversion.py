"""Turns a GGUF file of a Llama-type model into a folder that ``transformers`` reads, one tensor at a time.

Loading GGUF through ``transformers`` keeps every tensor in float32 at once; here memory is bounded by the
largest tensor, and neither torch nor the network is needed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OUTER_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_CONTROL_TOKEN = 3
_BFLOAT16_BYTES = 2


class ConversionError(ValueError):
    """The GGUF file is of a kind that is not converted here."""


def convert(gguf_path: Path, folder: Path) -> None:
    """Write configuration, tokenizer and weights (bfloat16 safetensors) to ``folder``.

    The bytes written depend on the GGUF file alone.

    Raises:
        ConversionError: not a Llama-type model, or not a byte-level BPE tokenizer of the "smollm" kind.
    """
    import gguf

    reader = gguf.GGUFReader(gguf_path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    config = _model_config(fields, tied="output.weight" not in tensors)
    _write_json(folder / "config.json", config)
    _write_tokenizer(fields, folder)
    _write_tensors(tensors, config, gguf.dequantize, folder / "model.safetensors")


def _model_config(fields: Mapping[str, Any], *, tied: bool) -> dict[str, Any]:
    architecture = fields.get("general.architecture")
    if architecture != "llama":
        raise ConversionError(f"architecture {architecture!r} is not supported, only 'llama'")

    def value(key: str) -> Any:
        return fields[f"llama.{key}"]

    rope = {"rope_type": "default", "rope_theta": float(value("rope.freq_base"))}
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "vocab_size": len(fields["tokenizer.ggml.tokens"]),
        "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": value("block_count"),
        "num_attention_heads": value("attention.head_count"),
        "num_key_value_heads": value("attention.head_count_kv"),
        "max_position_embeddings": value("context_length"),
        # stored as float32 in GGUF; six digits give back the number it was made from
        "rms_norm_eps": float(f"{value('attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_parameters": rope,
        "rope_theta": rope["rope_theta"],
        "tie_word_embeddings": tied,
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
    }


def _write_tokenizer(fields: Mapping[str, Any], folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    kind = (fields.get("tokenizer.ggml.model"), fields.get("tokenizer.ggml.pre"))
    if kind != ("gpt2", "smollm"):
        raise ConversionError(f"tokenizer {kind} is not supported, only ('gpt2', 'smollm')")
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    # llama.cpp's "smollm" pre-tokenizer: single digits, then the byte-level expression of GPT-2
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    types = fields["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == _CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    named = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    settings = {
        f"{key}_token": tokens[fields[f"tokenizer.ggml.{name}_token_id"]] for key, name in named.items()
    }
    settings |= {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": fields["llama.context_length"],
        "clean_up_tokenization_spaces": False,
    }
    if "tokenizer.chat_template" in fields:
        settings["chat_template"] = fields["tokenizer.chat_template"]
    _write_json(folder / "tokenizer_config.json", settings)


def _write_tensors(
    tensors: Mapping[str, Any], config: Mapping[str, Any], dequantize: Callable[..., Any], path: Path
) -> None:
    """Write the safetensors format: a length, a JSON header padded to 8 bytes, then the tensors' bytes."""
    names = {name: new for name in sorted(tensors) if (new := _new_name(name)) is not None}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, new in names.items():
        shape = [int(size) for size in reversed(tensors[name].shape)]
        start, end = end, end + _BFLOAT16_BYTES * int(np.prod(shape))
        header[new] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little"))
        file.write(encoded)
        for row in _converted(names, tensors, config, dequantize):
            file.write(row.tobytes())


def _converted(
    names: Mapping[str, str],
    tensors: Mapping[str, Any],
    config: Mapping[str, Any],
    dequantize: Callable[..., Any],
) -> Iterator[NDArray[np.uint16]]:
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for name in names:
        values = np.asarray(dequantize(tensors[name].data, tensors[name].tensor_type), dtype=np.float32)
        part = name.split(".")[2] if name.startswith("blk.") else ""
        if part in heads:
            values = _unpermute(values, heads[part])
        yield to_bfloat16(values)


def _new_name(name: str) -> str | None:
    """Return the name in ``transformers``; None for what it computes itself."""
    if name == "rope_freqs.weight":
        return None
    if name in _OUTER_NAMES:
        return _OUTER_NAMES[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_LAYER_NAMES[part]}.{kind}"


def _unpermute(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Undo llama.cpp's interleaving of the two halves of each rotary head."""
    half = values.shape[0] // heads // 2
    return values.reshape(heads, half, 2, -1).swapaxes(1, 2).reshape(values.shape)


def to_bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Round finite float32 values to the nearest bfloat16, ties to even; return the bit patterns."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    upper = np.uint32(16)
    odd = (bits >> upper) & np.uint32(1)
    return ((bits + np.uint32(0x7FFF) + odd) >> upper).astype(np.uint16)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
