"""Steps a second of one small network: torch with autograd, the bare kernel, a session alone, and in the window."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from measures import Measure
from projects import project
from stage import Stage

import models
from lab.commands import Begin, Play
from lab.problems import problem_for
from lab.session import Session

N = 250
_SLICE_S = 0.05


class _Torch:
    """The network and the update as a person writes them in torch."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(7)
        self._torch = torch
        it, experiment = project("mlp", N), project("mlp", N).experiment
        learner = models.load("mlp").with_settings(experiment.settings)
        problem = problem_for(it.dataset, experiment, learner)
        self._x = torch.tensor(problem.features, dtype=torch.float32)
        self._y = torch.tensor(problem.targets * 2 - 1, dtype=torch.float32)[:, None]
        nn = torch.nn
        self._net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 1), nn.Tanh())
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=experiment.settings["learning_rate"])
        self._loss = nn.MSELoss()

    def __call__(self) -> int:
        order = self._torch.randperm(N)
        for i in range(0, N, 10):
            rows = order[i : i + 10]
            self._optimizer.zero_grad()
            loss = 0.5 * self._loss(self._net(self._x[rows]), self._y[rows])
            loss.backward()
            self._optimizer.step()
        return N // 10


class _Kernel:
    """learner.advance alone."""

    def __init__(self) -> None:
        it = project("mlp", N)
        self._learner = models.load("mlp").with_settings(it.experiment.settings)
        self._problem = problem_for(it.dataset, it.experiment, self._learner)
        self._state, self._done = self._learner.start(self._problem, 7), 0

    def __call__(self) -> int:
        came = self._learner.advance(self._state, self._problem, 7, self._done, 10_000)
        self._state, self._done = came.state, self._done + came.done
        if came.done == 0:
            self._state, self._done = self._learner.start(self._problem, 7), 0
        return came.done


class _Alone:
    """A session driven in a loop, with its timeline and metrics, as the command line does it."""

    def __init__(self) -> None:
        self._session = Session()
        self._begin()

    def _begin(self) -> None:
        it = project("mlp", N)
        self._session.handle(Begin(it.dataset, it.experiment, 1))
        self._session.handle(Play(None))
        self._reached = 0

    def __call__(self) -> int:
        plays = self._session.advance(time.perf_counter() + _SLICE_S)
        done, self._reached = self._session.run.reached - self._reached, self._session.run.reached
        if not plays:
            self._begin()
        return done


def _rate(work: Callable[[], int], seconds: float) -> float:
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        done += work()
    return done / (time.perf_counter() - begun)


def measure(quick: bool) -> list[Measure]:
    seconds, rounds = (0.4, 5) if quick else (1.0, 7)
    stage = Stage(project("mlp", N))
    try:
        torch, kernel, alone = _Torch(), _Kernel(), _Alone()
        found: dict[str, list[float]] = {"torch": [], "kernel": [], "alone": [], "worker": [], "frames": []}
        for work in (torch, kernel, alone):
            _rate(work, 0.3)
        for _ in range(rounds):
            for name, work in (("torch", torch), ("kernel", kernel), ("alone", alone)):
                found[name].append(_rate(work, seconds))
            stage.play()
            stage.run_for(0.5)
            stage.reset_counts()
            begun = time.perf_counter()
            stage.run_for(2 * seconds)
            took = time.perf_counter() - begun
            found["worker"].append(stage.iterations / took)
            found["frames"].append(len(stage.shown) / took)
            stage.pause()
    finally:
        stage.close()
    rates = {name: np.array(values) for name, values in found.items()}
    middle = {name: float(np.median(values)) for name, values in rates.items()}

    def ratio(one: str, other: str) -> float:
        return float(np.median(rates[one] / rates[other]))

    frames = f"{middle['frames']:.0f} frames/s shown"
    return [
        Measure(
            "MLP 2-4-2-1, batch 10: torch eager with autograd", middle["torch"], "steps/s", note=f"median of {rounds}"
        ),
        Measure("  bare kernel", middle["kernel"], "steps/s"),
        Measure("  session alone", middle["alone"], "steps/s"),
        Measure("  worker thread, window shown", middle["worker"], "steps/s", note=frames),
        Measure("  frames shown meanwhile", middle["frames"], "frames/s", ">= 50"),
        Measure("  worker / torch", ratio("worker", "torch"), "times", ">= 50"),
        Measure("  session alone / kernel", ratio("alone", "kernel"), "times"),
        Measure("  worker / kernel", ratio("worker", "kernel"), "times"),
    ]
