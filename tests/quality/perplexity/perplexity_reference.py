"""Modified Kneser-Ney smoothing over dictionaries, as the formulas are written, and the backoff recursion."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from curation_assets.quality.perplexity.model import NgramModel

Ngram = tuple[str, ...]
UNKNOWN, BEGIN, END = "<unk>", "<s>", "</s>"


class Reference:
    """Probabilities of a corpus of sentences (lists of words), by ``probability``."""

    def __init__(
        self, corpus: Sequence[Sequence[str]], order: int, minimum_word: int, minimum_long: int
    ) -> None:
        occurrences = Counter(word for sentence in corpus for word in sentence)
        self.words = {word for word, count in occurrences.items() if count >= minimum_word}
        self.size = len(self.words) + 2  # with <unk> and </s>
        self.minimum = [1, 1, *[minimum_long] * order]
        sentences = [
            [BEGIN, *(word if word in self.words else UNKNOWN for word in one), END] for one in corpus if one
        ]
        raw: list[Counter[Ngram]] = [
            Counter(
                tuple(one[at : at + length])
                for one in sentences
                for at in range(len(one) - length + 1)
                if length > 1 or one[at] != BEGIN
            )
            for length in range(1, order + 1)
        ]
        self.raw = raw
        self.adjusted = [*(self._continuations(length, raw) for length in range(1, order)), raw[-1]]
        self.discounts = [self._discounts(counts) for counts in self.adjusted]
        self.after: list[dict[Ngram, list[Ngram]]] = []
        for counts in self.adjusted:
            by_context = defaultdict(list)
            for ngram in counts:
                by_context[ngram[:-1]].append(ngram)
            self.after.append(by_context)

    def _continuations(self, length: int, raw: list[Counter[Ngram]]) -> Counter[Ngram]:
        before = defaultdict(set)
        for ngram in raw[length]:
            before[ngram[1:]].add(ngram[0])
        return Counter(
            {
                ngram: raw[length - 1][ngram] if ngram[0] == BEGIN else len(before[ngram])
                for ngram in raw[length - 1]
            }
        )

    def _discounts(self, counts: Counter[Ngram]) -> tuple[float, ...]:
        numbers = Counter(count for ngram, count in counts.items() if UNKNOWN not in ngram)
        if not all(numbers[count] for count in (1, 2, 3, 4)):
            return 0.5, 1.0, 1.5
        y = numbers[1] / (numbers[1] + 2 * numbers[2])
        found = tuple(n - (n + 1) * y * numbers[n + 1] / numbers[n] for n in (1, 2, 3))
        return found if all(0 < own <= n for n, own in enumerate(found, 1)) else (0.5, 1.0, 1.5)

    def kept(self, ngram: Ngram) -> bool:
        length = len(ngram)
        return UNKNOWN not in ngram and self.raw[length - 1][ngram] >= self.minimum[length - 1]

    def probability(self, word: str, context: Ngram) -> float:
        """Return P(word | context), equation 26 of Chen and Goodman with the count of n-grams left out."""
        counts, discounts = self.adjusted[len(context)], self.discounts[len(context)]
        seen = self.after[len(context)].get(context, [])
        lower = self.probability(word, context[1:]) if context else 1 / self.size
        if not seen or (context and UNKNOWN in context):
            return lower
        total = sum(counts[ngram] for ngram in seen)
        left = sum(
            discounts[min(counts[ngram], 3) - 1] if self.kept(ngram) else counts[ngram] for ngram in seen
        )
        ngram = (*context, word)
        own = (
            counts[ngram] - discounts[min(counts[ngram], 3) - 1]
            if ngram in counts and self.kept(ngram)
            else 0
        )
        return own / total + left / total * lower


class Backoff:
    """A model's probabilities by the recursion P(w | h) = p(hw), or b(h) P(w | h without its first word)."""

    def __init__(self, model: NgramModel) -> None:
        self.order, self.vocabulary = model.order, set(model.vocabulary)
        self.weights: dict[Ngram, tuple[float, float]] = {}
        for length in range(1, model.order + 1):
            for node, numbers in enumerate(model.ngrams(length), int(model.offsets[length - 1])):
                words = tuple(model.vocabulary[number] for number in numbers)
                self.weights[words] = float(model.probability[node]), float(model.backoff[node])

    def log10(self, word: str, context: Ngram) -> float:
        if (*context, word) in self.weights:
            return self.weights[(*context, word)][0]
        return self.weights.get(context, (0.0, 0.0))[1] + self.log10(word, context[1:])

    def sentence(self, words: Sequence[str]) -> float:
        """Return the log10 probability of a sentence with its end."""
        total, context = 0.0, (BEGIN,)
        for word in [*(one if one in self.vocabulary else UNKNOWN for one in words), END]:
            context = context[-(self.order - 1) :] if self.order > 1 else ()
            total += self.log10(word, context)
            context = (*context, word)
        return total


def log10_of(probabilities: Sequence[float]) -> float:
    return sum(map(math.log10, probabilities))
