"""What a learner sees: scaled features, targets, and where the two columns of the plane lie. A run owns it for ever."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

Task = Literal["classifier", "regressor", "clusterer", "transformer"]
NumericPath = Literal["kernel", "blas", "torch"]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Scaler:
    """x_scaled = (x - mean) / scale, column by column. `kind` "none" has mean 0 and scale 1.

    Standardisation divides by the population deviation, as scikit-learn's StandardScaler does; a column
    without variance becomes zeros, and one that varies by rounding alone is divided by 1, or by that rounding.
    """

    kind: Literal["none", "standard"]
    mean: np.ndarray  # (d,)
    scale: np.ndarray  # (d,), positive

    @classmethod
    def fit(cls, kind: Literal["none", "standard"], features: np.ndarray) -> Scaler:
        """The scaler of `features` (n, d), in original units."""
        d = features.shape[1]
        if kind == "none" or len(features) == 0:
            return cls("none" if kind == "none" else kind, np.zeros(d), np.ones(d))
        deviation = features.std(axis=0)
        tiny = 10 * np.finfo(float).eps * np.abs(features).max(axis=0)
        # The mean of equal numbers may be off by a last digit, which is much where they are large: none may be left over.
        mean = np.where((features == features[0]).all(axis=0), features[0], features.mean(axis=0))
        return cls(kind, mean, np.where(deviation > tiny, deviation, np.maximum(1.0, tiny)))

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Original units to the learner's, (n, d) -> (n, d)."""
        return (np.asarray(x, dtype=np.float64) - self.mean) / self.scale

    def inverse(self, x: np.ndarray) -> np.ndarray:
        """The learner's units to original ones, (n, d) -> (n, d)."""
        return np.asarray(x, dtype=np.float64) * self.scale + self.mean


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """What a learner learns from, and where it computes. A run owns it for ever.

    `path` fixes the arithmetic for the whole run: compiled kernels on the CPU, alone or with BLAS for products of
    matrices, torch on `device` otherwise. What is learned from is the subclass's: `Rows` today.
    """

    device: str = "cpu"
    path: NumericPath = "kernel"
    _tensors: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` made at the first call with this key: it stays on the device for as long as this problem lives.

        What is made must not refer to this problem, or it outlives the run.
        """
        if key not in self._tensors:
            self._tensors[key] = make()
        kept: T = self._tensors[key]
        return kept

    def float_type(self) -> torch.dtype:
        """The torch float type of this problem's device."""
        import torch

        return torch.float64 if self.device == "cpu" else torch.float32


@dataclass(frozen=True, eq=False)
class Rows(Problem):
    """Training rows in the learner's units; test rows beside them, never learned from.

    features (n, d) float64, C-contiguous, read-only. targets: (n,) int64 class numbers, (n,) float64 values, or None.
    rows (n,) says which row of the dataset each training row is. `held` (d,), in the learner's units, are the values
    at which the columns outside the plane are held. axes: the two columns on the plane; (i, -1) when its vertical axis
    is the target: marks then carry rows (m, d + 1), the features scaled and the target, last, in original units.
    Classes are numbered 0, 1, ... without gaps, whatever was drawn; `class_ids` are their numbers in the dataset, which
    decide colour and shape.
    """

    features: np.ndarray
    targets: np.ndarray | None
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_name: str
    rows: np.ndarray
    test_features: np.ndarray
    test_targets: np.ndarray | None
    test_rows: np.ndarray
    scaler: Scaler
    axes: tuple[int, int]
    held: np.ndarray
    class_ids: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        return len(self.features)

    @property
    def d(self) -> int:
        return self.features.shape[1]

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    @property
    def has_classes(self) -> bool:
        return self.targets is not None and self.targets.dtype.kind == "i"

    @property
    def has_values(self) -> bool:
        return self.targets is not None and self.targets.dtype.kind == "f"

    @property
    def answers(self) -> np.ndarray:
        """The targets of a problem that has some, as `lacks_answers` sees to. Raises ValueError where there are none."""
        if self.targets is None:
            raise ValueError("this problem has no targets")
        return self.targets

    @property
    def shows_target(self) -> bool:
        """Whether the plane's vertical axis is the target."""
        return self.axes[1] == -1

    @property
    def places(self) -> np.ndarray:
        """The training rows as marks carry them: (n, d), or (n, d + 1) with the targets where the plane shows them."""
        if not self.shows_target:
            return self.features
        return np.column_stack([self.features, self.answers])

    def to_plane(self, x: np.ndarray) -> np.ndarray:
        """The two shown columns of rows (m, d), or (m, d + 1) as `places`, still in the learner's units: (m, 2)."""
        return np.asarray(x)[:, list(self.axes)]

    def from_plane(self, xy: np.ndarray) -> np.ndarray:
        """Points of the plane (m, 2) in the learner's units as whole rows (m, d), the other columns held."""
        xy = np.asarray(xy, dtype=np.float64)
        whole = np.repeat(self.held[None, :], len(xy), axis=0)
        shown = 1 if self.shows_target else 2
        whole[:, list(self.axes[:shown])] = xy[:, :shown]
        return whole

    def scale_point(self, xy: np.ndarray) -> np.ndarray:
        """One point of the plane (2,) in original units as a whole row (d,) in the learner's units."""
        return self.from_plane(self.scale_plane(np.asarray(xy)[None, :]))[0]

    def scale_plane(self, xy: np.ndarray) -> np.ndarray:
        """Points of the plane (m, 2) from original units to the learner's; a target stays as it is."""
        mean, scale = self.plane_scaling
        return (np.asarray(xy, dtype=np.float64) - mean) / scale

    @property
    def plane_scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (2,) and scale (2,) of the plane's two columns."""
        axes = list(self.axes)
        if self.shows_target:
            return np.append(self.scaler.mean[axes[:1]], 0.0), np.append(self.scaler.scale[axes[:1]], 1.0)
        return self.scaler.mean[axes], self.scaler.scale[axes]

    def tensor(self, name: str) -> torch.Tensor:
        """`features` or `targets` as a torch tensor on the device, uploaded once for the whole run.

        Floats are float64 on the CPU (the referee's precision) and float32 on accelerators.
        """
        if name not in self._tensors:
            import torch

            array = getattr(self, name)
            dtype = torch.int64 if array.dtype.kind == "i" else self.float_type()
            self._tensors[name] = torch.as_tensor(np.array(array), dtype=dtype, device=self.device)
        kept: torch.Tensor = self._tensors[name]
        return kept

    def class_text(self, number: int) -> str:
        return self.class_names[number] if 0 <= number < len(self.class_names) else str(number)
