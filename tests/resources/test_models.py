"""Models are found, converted faithfully, told apart by their bytes, and refused where they are unsafe."""

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

import resources.models as models
from resources.gguf_conversion import ConversionError, convert, to_bfloat16
from resources.models import ModelError, cpu_dtype, model_fingerprint, resolve_model, weights_fingerprint

HEADS, KEY_HEADS, HIDDEN, LAYERS = 4, 2, 32, 2


def permuted(weights: np.ndarray, heads: int) -> np.ndarray:
    """Interleave the halves of each head, as llama.cpp's converter does for rotary embeddings."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weights.shape)


def write_gguf(path: Path, architecture: str = "llama", pre: str = "smollm") -> dict[str, np.ndarray]:
    """Write a tiny GGUF model; return its tensors under their names in transformers."""
    import gguf
    from tokenizers import pre_tokenizers

    tokens = ["<|end|>", "<|turn|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "he", "Ġhe"]
    rng = np.random.default_rng(4)

    def weights(*shape: int) -> np.ndarray:
        return (rng.normal(size=shape) * 0.3).astype(np.float32)

    kept = {"model.embed_tokens.weight": weights(len(tokens), HIDDEN), "model.norm.weight": weights(HIDDEN)}
    stored = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    shapes = {
        "attn_norm": ("input_layernorm", (HIDDEN,)),
        "attn_q": ("self_attn.q_proj", (HIDDEN, HIDDEN)),
        "attn_k": ("self_attn.k_proj", (HIDDEN // 2, HIDDEN)),
        "attn_v": ("self_attn.v_proj", (HIDDEN // 2, HIDDEN)),
        "attn_output": ("self_attn.o_proj", (HIDDEN, HIDDEN)),
        "ffn_norm": ("post_attention_layernorm", (HIDDEN,)),
        "ffn_gate": ("mlp.gate_proj", (48, HIDDEN)),
        "ffn_up": ("mlp.up_proj", (48, HIDDEN)),
        "ffn_down": ("mlp.down_proj", (HIDDEN, 48)),
    }
    for layer in range(LAYERS):
        for short, (name, shape) in shapes.items():
            stored[f"blk.{layer}.{short}.weight"] = f"model.layers.{layer}.{name}.weight"
            kept[f"model.layers.{layer}.{name}.weight"] = weights(*shape)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(48)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(5000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3] + [1] * (len(tokens) - 2))
    writer.add_token_merges(["h e", "Ġ he"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(0)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    for short, name in stored.items():
        heads = {"attn_q": HEADS, "attn_k": KEY_HEADS}.get(short.split(".")[-2])
        writer.add_tensor(short, permuted(kept[name], heads) if heads else kept[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return kept


def test_conversion_keeps_every_tensor_and_the_tokenizer(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    expected = write_gguf(tmp_path / "model.gguf")
    folder = tmp_path / "converted"
    folder.mkdir()
    convert(tmp_path / "model.gguf", folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    state = model.state_dict()
    for name, values in expected.items():
        rounded = torch.from_numpy(values).to(torch.bfloat16).float()
        assert torch.equal(state[name], rounded), name
    assert model.config.rope_parameters["rope_theta"] == 5000.0
    assert model.config.num_key_value_heads == KEY_HEADS
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "the hehe 2024 naïve 水<|turn|>"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.tokenize("he 42 he") == ["he", "Ġ", "4", "2", "Ġhe"]
    assert tokenizer.chat_template is not None


def test_conversion_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    write_gguf(tmp_path / "model.gguf")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        convert(tmp_path / "model.gguf", folder)
    assert model_fingerprint(folders[0]) == model_fingerprint(folders[1])


@pytest.mark.parametrize(("architecture", "pre"), [("qwen2", "smollm"), ("llama", "llama-bpe")])
def test_other_kinds_of_gguf_are_refused(tmp_path: Path, architecture: str, pre: str) -> None:
    write_gguf(tmp_path / "model.gguf", architecture, pre)
    with pytest.raises(ConversionError, match="is not supported"):
        convert(tmp_path / "model.gguf", tmp_path)


def test_rounding_to_bfloat16_is_torchs() -> None:
    import torch

    rng = np.random.default_rng(0)
    values = (rng.normal(size=10_000) * 10.0 ** rng.integers(-30, 30, size=10_000)).astype(np.float32)
    ties = (np.arange(1, 2000, dtype=np.uint32) << 15).view(np.float32)
    values = np.concatenate([values, ties, np.array([0.0, -0.0, 1.0], dtype=np.float32)])
    expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    np.testing.assert_array_equal(to_bfloat16(values), expected)


def test_fingerprint_changes_with_bytes_and_names_only(tmp_path: Path) -> None:
    folders = []
    for name, weights, config in [
        ("a", b"1", "{}"),
        ("b", b"1", "{}"),
        ("c", b"2", "{}"),
        ("d", b"1", "{ }"),
    ]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "config.json").write_text(config, encoding="utf-8")
        folders.append(folder)
    (folders[1] / "README.md").write_text("not part of the model", encoding="utf-8")
    a, b, c, d = map(model_fingerprint, folders)
    assert a == b
    assert len({a, c, d}) == 3
    assert (
        weights_fingerprint(folders[0]) == weights_fingerprint(folders[3]) != weights_fingerprint(folders[2])
    )


def make_folder(path: Path, *files: str) -> Path:
    for name in files:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"{}")
    return path


def test_weights_that_are_pickles_are_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m", "config.json", "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is refused, weights must be safetensors"):
        resolve_model(str(folder), "language")
    part = make_folder(tmp_path / "n", "config.json", "model.safetensors", "2_Dense/pytorch_model.bin")
    kind = "sentence_transformers.models.Dense"
    modules = json.dumps([{"path": "2_Dense", "type": kind}])
    (part / "modules.json").write_text(modules, encoding="utf-8")
    with pytest.raises(ModelError, match="2_Dense"):
        resolve_model(str(part), "embedding")
    both = make_folder(
        tmp_path / "o", "config.json", "model.safetensors", "pytorch_model.bin", "openvino/x.bin"
    )
    assert resolve_model(str(both), "language") == both


def test_a_model_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="there is no such folder"):
        resolve_model(str(tmp_path / "missing"), "language")
    with pytest.raises(ModelError, match=r"no \*\.safetensors file"):
        resolve_model(str(make_folder(tmp_path / "empty", "config.json")), "language")
    with pytest.raises(ModelError, match="nobody/nothing-of-this-name"):
        resolve_model("nobody/nothing-of-this-name", "language")
    with pytest.raises(ModelError, match="not a folder here"):
        resolve_model("not a model name", "language")


def test_dtype_is_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cpu_dtype("float32") == "float32"
    assert cpu_dtype("bfloat16") == "bfloat16"
    monkeypatch.setattr(models, "_cpu_flags", lambda: frozenset({"avx2"}))
    assert cpu_dtype("auto") == "float32"
    monkeypatch.setattr(models, "_cpu_flags", lambda: frozenset({"avx2", "avx512_bf16"}))
    assert cpu_dtype("auto") == "bfloat16"


def _convert_in_process(gguf_path: str, digest: str, cache: str) -> str:
    models._LANGUAGE_SHA256 = digest
    models._LANGUAGE_FILE = Path(gguf_path).name
    models._package_folder = lambda _package: Path(gguf_path).parent
    import os

    os.environ[models.CACHE_VARIABLE] = cache
    return str(models.packaged_language_model())


def test_processes_may_convert_at_the_same_time(tmp_path: Path) -> None:
    import hashlib

    write_gguf(tmp_path / "model.gguf")
    digest = hashlib.sha256((tmp_path / "model.gguf").read_bytes()).hexdigest()
    cache = tmp_path / "cache"
    arguments = [(str(tmp_path / "model.gguf"), digest, str(cache))] * 3
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        folders = pool.starmap(_convert_in_process, arguments)
    assert len(set(folders)) == 1
    assert [path.name for path in cache.iterdir()] == [Path(folders[0]).name]
    assert json.loads((Path(folders[0]) / "config.json").read_text(encoding="utf-8"))["model_type"] == "llama"


def test_a_changed_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_gguf(tmp_path / "model.gguf")
    monkeypatch.setenv(models.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(models, "_LANGUAGE_FILE", "model.gguf")
    monkeypatch.setattr(models, "_package_folder", lambda _package: tmp_path)
    with pytest.raises(ModelError, match="sha256 is"):
        models.packaged_language_model()
    assert not (tmp_path / "cache").exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_EMBEDDING_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="no-such-package is not installed"):
        resolve_model("packaged", "embedding")


@pytest.mark.models
def test_packaged_models_are_there_and_converted_once() -> None:
    folder = resolve_model("packaged", "language")
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert resolve_model("packaged", "language") == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    assert (resolve_model("packaged", "embedding") / "model.safetensors").is_file()
