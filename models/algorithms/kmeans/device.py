"""The rounds of K-means on an accelerator: the functions of models/algorithms/kmeans/kernels.py as few large torch operations.

A round is about fifteen launches, however many clusters there are, and one number is read from the device in it: what
decides whether the run goes on. An empty cluster, which is rare, is filled on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.algorithms.kmeans.kernels import take_farthest

if TYPE_CHECKING:
    import torch

AT_ONCE = 2**26  # differences between rows and centroids held at the same time


def assign(rows: torch.Tensor, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centroid of each of the rows, a tensor (n, d): labels (n,) int32, and how many each has, (k,)."""
    labels = _nearest(rows, _up(centroids, rows)).cpu().numpy().astype(np.int32)
    return labels, np.bincount(labels, minlength=len(centroids))


def means(rows: torch.Tensor, labels: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The mean position of each cluster's rows, (k, d); an empty cluster's centroid stays."""
    moved, _ = _means(rows, _labels_up(labels, rows), _up(centroids, rows))
    return _down(moved)


def rounds(
    rows: torch.Tensor, centroids: np.ndarray, labels: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Up to `count` rounds; takes and returns what `kmeans_kernels.rounds` does."""
    import torch

    c, now = _up(centroids, rows), _labels_up(labels, rows)
    changes: list[int] = []
    last, before = c, now
    while len(changes) < count:
        last, before, now = c, now, _nearest(rows, c)
        c, counts = _means(rows, now, last)
        changed, empty = torch.stack([(now != before).sum(), (counts == 0).sum()]).tolist()
        if empty:
            now, last = _refilled(rows, now, last)
            c, _ = _means(rows, now, last)
            changed = int((now != before).sum())
        changes.append(changed)
        if changed == 0:
            break
    labels, labels_before = (each.cpu().numpy().astype(np.int32) for each in (now, before))
    return _down(c), _down(last), labels, labels_before, np.array(changes, dtype=np.int64)


def _nearest(rows: torch.Tensor, centroids: torch.Tensor) -> torch.Tensor:
    """Labels (n,) of the nearest centroids, the first of equals. From differences: the product formula loses digits far
    from the origin."""
    import torch

    labels = [
        (some[:, None, :] - centroids).square_().sum(dim=2).argmin(dim=1)
        for some in torch.split(rows, max(1, AT_ONCE // max(1, centroids.numel())))
    ]
    return labels[0] if len(labels) == 1 else torch.cat(labels)


def _means(rows: torch.Tensor, labels: torch.Tensor, centroids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the centroids move, (k, d), and how many rows each has, (k,)."""
    import torch

    # A product with the membership matrix: unlike a scattered sum it adds in the same order every time.
    members = (labels[:, None] == torch.arange(len(centroids), device=rows.device)).to(rows.dtype)
    counts = members.sum(dim=0)
    moved = members.T @ rows / counts.clamp(min=1)[:, None]
    return torch.where(counts[:, None] > 0, moved, centroids), counts


def _refilled(rows: torch.Tensor, labels: torch.Tensor, centroids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels and centroids after every empty cluster has taken a point."""
    on_host, places = labels.cpu().numpy().astype(np.int32), _down(centroids)
    counts, features = np.bincount(on_host, minlength=len(places)), _down(rows)
    for cluster in np.flatnonzero(counts == 0).tolist():
        if take_farthest(features, places, on_host, counts, cluster)[0] < 0:
            break
    return _labels_up(on_host, rows), _up(places, rows)


def _labels_up(labels: np.ndarray, rows: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.as_tensor(labels.astype(np.int64), device=rows.device)


def _up(centroids: np.ndarray, rows: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.as_tensor(centroids.copy(), dtype=rows.dtype, device=rows.device)


def _down(places: torch.Tensor) -> np.ndarray:
    return places.cpu().numpy().astype(np.float64)
