"""Steps a second of every way to train a network, side by side: other people's code, our paths, and in the window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_args

import numpy as np
import torch
from measures import Measure
from projects import endless_network
from references import Exercise, NumpyByHand, Reference, ScikitLearn, TorchByHand, TorchEager
from stage import Stage

import models
from lab.document.project import Project
from lab.protocol.commands import Begin, Play
from lab.running.problems import problem_for
from lab.sessions.session import Session
from models.arithmetic import draws
from models.core.problem import NumericPath

N = 250
SEED = 7
ALIKE = 1e-9  # how far two float64 ways may lie apart, relative to the largest number
_SLICE_S = 0.02
_DEFAULTS = {"hidden_layer_sizes": (4,), "loss": "cross_entropy", "optimizer": "adam", "learning_rate": 0.03}

TITLES = {
    "torch eager": "torch eager with autograd, float32",
    "torch 32": "torch, gradients by hand, float32",
    "torch 64": "torch, gradients by hand, float64",
    "numpy": "numpy, gradients by hand, float64",
    "scikit-learn": "scikit-learn, partial_fit",
    "kernel": "ours: fused kernel",
    "blas": "ours: BLAS",
    "torch path": "ours: torch path on the CPU",
    "chosen": "ours: the path that the program chooses",
    "session": "ours: a session without a window",
    "window": "ours: worker thread, window shown",
}


@dataclass(frozen=True)
class Case:
    """A network, and which ratios are taken: (one, other, target)."""

    name: str
    settings: Mapping[str, Any]
    ratios: tuple[tuple[str, str, str], ...]
    is_watched: bool = False
    project: Project = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "project", endless_network(N, **self.settings))


def cases() -> tuple[Case, ...]:
    against_hand = (("chosen", "torch eager", ""), ("chosen", "numpy", ""))
    return (
        Case(
            "2-4-2-1, batch 10", {"hidden_layer_sizes": (4, 2)},
            (("window", "torch eager", ">= 100"), ("window", "numpy", ">= 8"), ("window", "chosen", ""),
             ("session", "chosen", "")), is_watched=True,
        ),
        Case(
            "2-8x6-1, batch 10", {"hidden_layer_sizes": (8,) * 6},
            (("window", "torch eager", ">= 25"), ("window", "numpy", ""), ("window", "chosen", "")), is_watched=True,
        ),
        Case(
            "2-64-64-1, batch 32", {"hidden_layer_sizes": (64, 64), "batch_size": 32},
            (("chosen", "torch 64", ""), ("chosen", "torch 32", ""), *against_hand),
        ),
        Case(
            "2-256-256-1, batch 32", {"hidden_layer_sizes": (256, 256), "batch_size": 32},
            (("chosen", "torch 64", ">= 1"), ("chosen", "torch 32", ">= 1"), *against_hand),
        ),
        Case(
            "2-4-2, Adam, cross-entropy", _DEFAULTS,
            (("chosen", "torch eager", ""), ("chosen", "scikit-learn", "")),
        ),
    )  # fmt: skip


def measure(quick: bool) -> list[Measure]:
    seconds, rounds = (0.2, 5) if quick else (0.6, 7)
    torch.set_num_threads(1)
    found = []
    wanted = cases()
    for case in wanted:
        check(case)
    stage = Stage(wanted[0].project)
    try:
        for case in wanted:
            found += _measure_case(case, stage, seconds, rounds)
    finally:
        stage.close()
    return found


# -- what runs ---------------------------------------------------------------------------------------------------------


class Ours:
    """learner.advance on one path, None: the one that the program chooses."""

    def __init__(self, it: Project, path: NumericPath | None = None) -> None:
        self.learner = models.load("mlp").with_settings(it.experiment.settings)
        self.problem = problem_for(it.dataset, it.experiment, self.learner, path)
        self._count = 1
        self._begin()

    def _begin(self) -> None:
        self.state, self._done = self.learner.start(self.problem, SEED), 0

    def advance(self, count: int) -> int:
        came = self.learner.advance(self.state, self.problem, SEED, self._done, count)
        self.state, self._done = came.state, self._done + came.done
        return came.done

    def __call__(self) -> int:
        """About as many steps as fit into a slice; a run that has ended begins again."""
        begun = time.perf_counter()
        done = self.advance(self._count)
        if done < self._count:
            self._begin()
        elif time.perf_counter() - begun < _SLICE_S:
            self._count *= 2
        return done


class Alone:
    """A session driven in a loop, with its timeline and metrics, as the command line does it."""

    def __init__(self, it: Project) -> None:
        self._it, self._session = it, Session()
        self._begin()

    def _begin(self) -> None:
        self._session.handle(Begin(self._it.dataset, self._it.experiment, 1))
        self._session.handle(Play(None))
        self._reached = 0

    def __call__(self) -> int:
        plays = self._session.advance(time.perf_counter() + _SLICE_S)
        done, self._reached = self._session.run.reached - self._reached, self._session.run.reached
        if not plays:
            self._begin()
        return done


def exercise_of(case: Case) -> Exercise:
    """The case as the references take it: with our rows, goals and start weights."""
    ours, settings = Ours(case.project, "kernel"), case.project.experiment.settings
    is_softmax = settings["loss"] == "cross_entropy"
    targets = ours.problem.targets
    return Exercise(
        sizes=tuple(int(size) for size in ours.state.sizes),
        x=np.array(ours.problem.features),
        goals=np.array(targets) if is_softmax else 2.0 * targets - 1.0,
        start=np.array(ours.state.params),
        batch=settings["batch_size"],
        rate=settings["learning_rate"],
        is_softmax=is_softmax,
    )


def references_in_float64(exercise: Exercise) -> dict[str, Reference]:
    """The references whose numbers must be ours."""
    found: dict[str, Reference] = {"torch eager": TorchEager(exercise, torch.float64)}
    if not exercise.is_softmax:
        found["numpy"] = NumpyByHand(exercise)
        found["torch 64"] = TorchByHand(exercise, torch.float64)
    return found


def check(case: Case) -> None:
    """Raises ArithmeticError unless every path of ours and every reference gives the kernel's gradient for the first
    mini-batch, and the kernel's parameters after two epochs in the same order."""
    exercise = exercise_of(case)
    steps = -(-exercise.n // exercise.batch)
    orders = np.empty((2, exercise.n), dtype=np.int64)
    for epoch, order in enumerate(orders):
        draws.shuffle(SEED, epoch * steps, draws.ORDER, order)
    kernel = Ours(case.project, "kernel")
    kernel.advance(1)
    gradient = np.array(kernel.state.gradient)
    kernel.advance(2 * steps - 1)
    params = np.array(kernel.state.params)
    for path in (*get_args(NumericPath), None):
        ours = Ours(case.project, path)
        ours.advance(1)
        _expect_alike(case, f"our path {ours.problem.path}, gradient", ours.state.gradient, gradient)
        ours.advance(2 * steps - 1)
        _expect_alike(case, f"our path {ours.problem.path}, parameters", ours.state.params, params)
    for name, reference in references_in_float64(exercise).items():
        reference.epoch(orders[0, : exercise.batch])
        _expect_alike(case, f"{name}, gradient", reference.slope, gradient)
    for name, reference in references_in_float64(exercise).items():
        for order in orders:
            reference.epoch(order)
        _expect_alike(case, f"{name}, parameters", reference.learned, params)


def _expect_alike(case: Case, what: str, found: np.ndarray, wanted: np.ndarray) -> None:
    apart = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    if not apart < ALIKE:
        raise ArithmeticError(f"{case.name}: {what} and the kernel's lie {apart:.1e} apart: not the same arithmetic")


# -- how it is measured ------------------------------------------------------------------------------------------------


def _measure_case(case: Case, stage: Stage, seconds: float, rounds: int) -> list[Measure]:
    """Every way in turn, again and again; ratios within a round."""
    ways, notes = _ways(case)
    stage.open(case.project)
    stage.run_for(0.5)
    found: dict[str, list[float]] = {name: [] for name in ways}
    frames: list[float] = []
    said = f"{N} points; medians of {rounds} rounds"
    for way in ways.values():
        _rate(way, 0.3)
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(_rate(way, seconds))
        if case.is_watched:
            rate, shown = _rate_in_window(stage, 2 * seconds)
            found.setdefault("window", []).append(rate)
            frames.append(shown)
    rows = []
    for name, title in TITLES.items():
        if name in found or name in notes:
            title, note = (f"  {title}", notes.get(name, "")) if rows else (f"MLP {case.name}: {title}", said)
            rows.append(Measure.median(title, found.get(name, ()), "steps/s", note=note))
    if frames:
        rows.append(Measure.median("  frames shown meanwhile", frames, "frames/s", ">= 50"))
    for one, other, target in case.ratios:
        ratios = np.array(found[one]) / np.array(found[other])
        note = "ours computes in float64" if other == "torch 32" else ""
        rows.append(Measure.median(f"  {one} / {other}", ratios, "times", target, note))
    return rows


def _ways(case: Case) -> tuple[dict[str, Callable[[], int]], dict[str, str]]:
    """What is measured alone, by its key in TITLES; and notes."""
    it, exercise = case.project, exercise_of(case)
    makers: dict[str, Callable[[], Callable[[], int]]] = {"torch eager": partial(TorchEager, exercise)}
    if not exercise.is_softmax:
        makers["torch 32"] = partial(TorchByHand, exercise, torch.float32)
        makers["torch 64"] = partial(TorchByHand, exercise, torch.float64)
        makers["numpy"] = partial(NumpyByHand, exercise)
    makers["scikit-learn"] = partial(ScikitLearn, exercise)
    notes = {"session": "its keyframes, metrics and starts included"}
    for key, path in (("kernel", "kernel"), ("blas", "blas"), ("torch path", "torch"), ("chosen", None)):
        if path is None or path in get_args(NumericPath):
            makers[key] = partial(Ours, it, path)
        else:
            notes[key] = "the program has no such path"
    makers["session"] = partial(Alone, it)
    ways = {name: make() for name, make in makers.items()}
    notes["chosen"] = f"chose: {ways['chosen'].problem.path}"
    return ways, notes


def _rate(way: Callable[[], int], seconds: float) -> float:
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        done += way()
    return done / (time.perf_counter() - begun)


def _rate_in_window(stage: Stage, seconds: float) -> tuple[float, float]:
    """Steps and shown frames a second of a run in the window; paused again afterwards."""
    stage.play()
    stage.settle(0.5)
    begun = time.perf_counter()
    stage.run_for(seconds)
    took = time.perf_counter() - begun
    rates = stage.iterations / took, len(stage.shown) / took
    stage.pause()
    stage.run_for(0.5)
    return rates
