"""The borders between the regions of centroids, exactly: where two centroids are equally near and no third is nearer.

G. Voronoi, 1908. Where columns outside the plane are held, a centroid's distance from that slice adds to all its
squared distances: the borders are then those of a power diagram (F. Aurenhammer, 1987), straight as well.
"""

from __future__ import annotations

import numpy as np


def borders(sites: np.ndarray, heights: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Straight pieces of all borders, starts (m, 2) and ends (m, 2).

    sites (k, 2): centroids in the plane. heights (k,): their squared distances from the plane, 0 when they lie in it.
    reach: how far a piece without an end is drawn to either side of the point between its two sites.
    """
    k = len(sites)
    one, two = np.triu_indices(k, 1)
    way = sites[two] - sites[one]
    length = np.hypot(way[:, 0], way[:, 1])
    apart = length > 0.0
    one, two, way, length = one[apart], two[apart], way[apart], length[apart]
    weights = (sites**2).sum(axis=1) + heights
    # On the border of a and b: 2 p . (b - a) = w_b - w_a. The foot is the point of it on the line through a and b.
    offset = (weights[two] - weights[one]) / 2.0 - (sites[one] * way).sum(axis=1)
    foot = sites[one] + way * (offset / length**2)[:, None]
    along = np.stack([-way[:, 1], way[:, 0]], axis=1) / length[:, None]
    low, high = np.full(len(one), -reach), np.full(len(one), reach)
    for c in range(k):
        # c must not be nearer than a: 2 p . (a - c) + w_c - w_a >= 0, linear in the place on the border.
        away = 2.0 * (sites[one] - sites[c])
        room = (away * foot).sum(axis=1) + weights[c] - weights[one]
        slope = (away * along).sum(axis=1)
        is_other = (one != c) & (two != c)
        with np.errstate(divide="ignore", invalid="ignore"):
            edge = -room / slope
        low = np.where(is_other & (slope > 0), np.maximum(low, edge), low)
        high = np.where(is_other & (slope < 0), np.minimum(high, edge), high)
        high = np.where(is_other & (slope == 0) & (room < 0), low - 1.0, high)
    kept = low < high
    foot, along, low, high = foot[kept], along[kept], low[kept, None], high[kept, None]
    return foot + low * along, foot + high * along
