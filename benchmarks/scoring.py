"""How fast documents are scored, against a loop of transformers as anybody would write it.

    python benchmarks/scoring.py [--documents 24] [--rounds 3] [--corpus FOLDER]

The loop scores one document at a time in float32: the paper's prompt, the whole model, the logits of every
position. The other ways score the same documents: the paper's prompt on each backend, and the probe of
hidden states (the default): no prompt, 18 of 30 layers. All take turns, round by round, on one thread;
what counts is processor time. The matrix rate is that of torch's bfloat16 product of the model's shape in the
same run. Documents are those of data/quality_labels.jsonl, or of FOLDER/documents.parquet.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from curation_assets.quality.ask_llm.language_model import encode, load_tokenizer
from curation_assets.quality.ask_llm.probe import load_probe
from curation_assets.quality.ask_llm.scorer import load_scorer
from curation_assets.quality.config import QualityConfig
from curation_assets.quality.decoders.torch_decoder import TorchDecoder
from curation_assets.quality.prompts.registry import PROMPTS
from resources.models import packaged_language_model

LABELS = Path(__file__).parent.parent / "data" / "quality_labels.jsonl"
TOKENS, SHAPE = 256, (2048, 576, 1536)


def documents(corpus: Path | None, count: int) -> list[str]:
    if corpus:
        texts = pl.read_parquet(corpus / "documents.parquet", columns=["text"])["text"]
    else:
        texts = pl.read_ndjson(LABELS)["text"]
    return texts.gather_every(max(1, len(texts) // count)).head(count).to_list()


def naive(folder: Path) -> Callable[[list[str]], Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    yes = tokenizer.convert_tokens_to_ids("yes")

    def score(texts: list[str]) -> list[float]:
        found = []
        for text in texts:
            start = tokenizer.decode(tokenizer(text)["input_ids"][:TOKENS])
            turn = [{"role": "user", "content": PROMPTS["paper"].render(start)}]
            prompt = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
            ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
            with torch.inference_mode():
                found.append(float(torch.softmax(model(input_ids=ids).logits, dim=-1)[0, -1, yes]))
        return found

    return score


def matrix_rate() -> float:
    """Return FLOP per second of torch's bfloat16 product of the model's shape."""
    rows, width, height = SHAPE
    left, right = torch.randn(rows, width).bfloat16(), torch.randn(height, width).bfloat16()

    def products(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            torch.nn.functional.linear(left, right)
        return time.process_time() - start

    products(5)
    return 100 * 2 * rows * width * height / products(100)


def measured(ways: dict[str, Callable[[list[str]], Any]], texts: list[str], rounds: int) -> dict[str, float]:
    """Return the least processor seconds of each way; they take turns."""
    best = dict.fromkeys(ways, np.inf)
    for way in ways.values():
        way(texts[:2])
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way(texts)
            best[name] = min(best[name], time.process_time() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast documents are scored.")
    parser.add_argument("--documents", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--corpus", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = documents(options.corpus, options.documents)
    folder = packaged_language_model()
    ways: dict[str, Callable[[list[str]], Any]] = {"naive loop, paper's prompt, float32": naive(folder)}
    for backend, dtype in (("torch", "float32"), ("torch", "bfloat16"), ("openvino", "bfloat16")):
        for readout in ("verbalizer", "probe"):
            config = QualityConfig(backend=backend, dtype=dtype, readout=readout)
            ways[f"{readout}, {backend} {dtype}"] = load_scorer(config).score
    layer = load_probe("packaged").layer
    tokenizer = load_tokenizer(folder)
    ids = [encode(tokenizer, text, TOKENS) for text in texts]
    together = TorchDecoder(folder, layer, "mean", "bfloat16", batch_tokens=8 * TOKENS)
    parameters = sum(weights.numel() for weights in together._model.layers.parameters())
    ways["probe, torch bfloat16, batches of 8"] = lambda some: together.features(ids[: len(some)])
    seconds = measured(ways, texts, options.rounds)
    base, rate = seconds["naive loop, paper's prompt, float32"], matrix_rate()
    tokens = sum(map(len, ids))
    print(
        f"{len(texts)} documents, {tokens} tokens read; bfloat16 products: {rate / 1e9:.0f} GFLOP/s a thread"
    )
    for name, spent in seconds.items():
        line = f"{name:40} {len(texts) / spent:7.2f} documents/s  {base / spent:5.2f} x"
        if name.startswith("probe") and "bfloat16" in name:
            work = 2 * parameters * tokens
            line += f"  {work / spent / rate:4.0%} of the matrix rate"
        print(line)


if __name__ == "__main__":
    main()
