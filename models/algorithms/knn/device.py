"""The nearest rows by all distances, on an accelerator: candidates, of which the host's arithmetic chooses."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

PAIRS_AT_ONCE = 2**25  # distances that stand on the device at a time


class OnDevice:
    """All distances from the places to the rows (n, d), which are uploaded once, on first use.

    In single precision rows and places are seen from the middle of the rows: data far from the origin keeps its digits.
    """

    def __init__(self, features: NDArray[np.float64], device: str, dtype: torch.dtype) -> None:
        self._features, self._device, self._dtype = features, device, dtype
        self._rows: torch.Tensor | None = None
        is_single = dtype == torch.float32
        self._rounding = float(np.finfo(np.float32).eps) if is_single else 0.0
        self._middle = np.median(features, axis=0) if is_single else np.zeros(features.shape[1])
        self._reach = float(np.linalg.norm(features - self._middle, axis=1).max()) if is_single else 0.0
        self.tie = 1e-5 + features.shape[1] * self._rounding if is_single else 1e-9

    def doubt(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far rounding the rows and the places (m, d) to the device's floats may move a difference: (m,)."""
        if self._rounding == 0.0:
            return np.zeros(len(x))
        reach: NDArray[np.float64] = np.linalg.norm(x - self._middle, axis=1)
        return 2.0 * self._rounding * (self._reach + reach)

    def query(self, x: NDArray[np.float64], width: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The `width` nearest rows of each place x (m, d), nearest first: (distances, rows), (m, width) both."""
        at_once = max(1, PAIRS_AT_ONCE // len(self._features))
        parts = [
            self._distances(x[first : first + at_once]).topk(width, dim=1, largest=False, sorted=True)
            for first in range(0, len(x), at_once)
        ]
        distances, rows = torch.cat([part.values for part in parts]), torch.cat([part.indices for part in parts])
        return distances.cpu().numpy().astype(np.float64), rows.cpu().numpy()

    def _distances(self, x: NDArray[np.float64]) -> torch.Tensor:
        """Distances (m, n). Without the product formula, which loses digits far from the origin."""
        if self._rows is None:
            self._rows = self._tensor(self._features)
        return torch.cdist(self._tensor(x), self._rows, compute_mode="donot_use_mm_for_euclid_dist")

    def _tensor(self, x: NDArray[np.float64]) -> torch.Tensor:
        return torch.as_tensor(x - self._middle, dtype=self._dtype, device=self._device)
