"""The encoder learns further, where there are few utterances to learn intents from."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.embedder import Embedder, vectors_and_tones, write_onnx

STEPS = 60
INTENTS_A_STEP = 32
RATE = 2e-4
TEMPERATURE = 0.07
MIXED_IN = 0.75  # of what was learnt; the rest stays as it was
MAX_TOKENS = 64
TOGETHER = 16  # texts, of about the same length: where one is longer, all are computed as long
SEED = 42


def tuned(
    embedder: Embedder,
    texts: Sequence[str],
    labels: np.ndarray,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, steps: None,
) -> Embedder:
    """An embedder that tells intents apart better, written into `folder` as ONNX with 8-bit weights.

    SetFit's idea (Tunstall et al., "Efficient few-shot learning without prompts", 2022) with the
    loss of Khosla et al., "Supervised contrastive learning", 2020: in each step two utterances of
    up to 32 intents are drawn, those of one intent pulled together and all others pushed apart. The
    lower half of the layers stays as it is; the upper half is averaged with what it was (Wortsman
    et al., "Robust fine-tuning of zero-shot models", 2022). `labels` are integers, one for each
    text; `progress(done, steps)` is called after each step.
    """
    import torch
    from torch.nn.functional import log_softmax

    torch.manual_seed(SEED)
    model = embedder.torch_model()
    learning = _upper_half(model)
    before = [weights.detach().clone() for weights in learning]
    optimiser = torch.optim.AdamW(learning, lr=RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, _rise_and_fall)
    model.train()
    for step, rows in enumerate(_batches(labels), start=1):
        rows = rows[np.argsort([len(texts[row]) for row in rows])]
        parts = np.array_split(rows, max(1, len(rows) // TOGETHER))
        vectors = torch.cat([_vectors(model, [texts[int(row)] for row in part]) for part in parts])
        of = torch.tensor(labels[rows])
        itself = torch.eye(len(rows), dtype=torch.bool)
        alike = (of[:, None] == of) & ~itself
        shares = log_softmax((vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e9), dim=1)
        loss = -((shares * alike).sum(1) / alike.sum(1)).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        rate.step()
        progress(step, STEPS)
    model.eval()
    with torch.no_grad():
        for weights, earlier in zip(learning, before, strict=True):
            weights.lerp_(earlier, 1 - MIXED_IN)
    write_onnx(model, folder)
    return Embedder.exported(folder)


def _vectors(model: Any, texts: list[str]) -> Any:
    batch = model.tokenizer(
        texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    return vectors_and_tones(model, batch["input_ids"], batch["attention_mask"])[0]


def _upper_half(model: Any) -> list[Any]:
    """The weights of the encoder's upper layers; all others no longer learn."""
    from torch.nn import ModuleList

    model.requires_grad_(False)
    stacks = [one for one in model[0].auto_model.modules() if isinstance(one, ModuleList)]
    layers = max(stacks, key=len)
    upper = layers[len(layers) // 2 :]
    upper.requires_grad_(True)
    return list(upper.parameters())


def _rise_and_fall(step: int) -> float:
    """The share of the learning rate: up over the first tenth of the steps, then down to nothing."""
    return min(1.0, (step + 1) / (STEPS / 10)) * (1 - step / STEPS)


def _batches(labels: np.ndarray) -> Iterator[np.ndarray]:
    """Rows for each step: two of each of up to 32 intents; one that is alone stands for both."""
    chance = np.random.default_rng(SEED)
    rows = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    for _ in range(STEPS):
        chosen = chance.permutation(len(rows))[:INTENTS_A_STEP]
        yield np.concatenate([chance.choice(rows[i], 2, replace=len(rows[i]) < 2) for i in chosen])
