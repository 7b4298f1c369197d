"""The moments of the rows where the data lies, on an accelerator."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from models.core.problem import Rows


def moments_on_device(problem: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What `kernels.moments` does, on the problem's device. The rows are seen from the first of them, so that data far
    from the origin keeps its digits in the device's floats."""
    features = problem.features
    origin = features[0]
    rows = torch.as_tensor(features - origin, dtype=problem.float_type(), device=problem.device)
    mean, scatter = moments_of(rows)
    return origin + mean, scatter


def moments_of(rows: torch.Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean (d,) and the scatter (d, d) of a tensor (n, d); the device is read once."""
    mean = rows.mean(dim=0, keepdim=True)
    centered = rows - mean
    both = mean.new_empty((1 + rows.shape[1], rows.shape[1]))
    both[:1], both[1:] = mean, centered.T @ centered
    found: NDArray[np.float64] = both.cpu().numpy().astype(np.float64)
    return found[0].copy(), found[1:]
