"""Steps/s of a network on an accelerator: recorded blocks of mini-batches, the same launched one by one, torch as most
people write it on the same device, and the path that the program chooses on the CPU."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable

import numpy as np
import torch
from measures import Measure
from projects import endless_network

import models
from lab.document.project import Project
from lab.running.problems import problem_for
from models.arithmetic import device_loop

SEED = 7
_SLICE_S = 0.02
_ALIKE = 1e-3  # float32 against float64 after a few steps

CASES = {
    "2-4-2-1, batch 10": (250, {"hidden_layer_sizes": (4, 2)}),
    "2-8x6-1, batch 10": (250, {"hidden_layer_sizes": (8,) * 6}),
    "2-256-256-1, batch 32": (1024, {"hidden_layer_sizes": (256, 256), "batch_size": 32}),
    "2-256-256-1, batch 512": (8192, {"hidden_layer_sizes": (256, 256), "batch_size": 512}),
}
TITLES = {
    "graphs": "ours, recorded blocks",
    "launches": "ours, launched one by one",
    "eager": "torch eager with autograd, same device",
    "cpu": "ours on the CPU, one core",
}


def measure(quick: bool) -> list[Measure]:
    if not torch.accelerator.is_available():
        return [Measure("networks on an accelerator", math.nan, note="torch finds none on this computer")]
    torch.set_num_threads(1)
    device = f"{torch.accelerator.current_accelerator().type}:0"
    return measure_on(device, *((0.2, 5) if quick else (0.6, 7)))


def measure_on(device: str, seconds: float, rounds: int) -> list[Measure]:
    found = []
    for name, (n, settings) in CASES.items():
        found += _measure_case(name, endless_network(n, **settings), device, seconds, rounds)
    return found


# -- what runs ---------------------------------------------------------------------------------------------------------


class Ours:
    """learner.advance; on the device with graphs or without, or on the CPU."""

    def __init__(self, it: Project, device: str | None, has_graphs: bool = True) -> None:
        self.learner = models.load("mlp").with_settings(it.experiment.settings)
        experiment = it.experiment if device is None else dataclasses.replace(it.experiment, device=device)
        self.problem = problem_for(it.dataset, experiment, self.learner, None if device is None else "torch")
        self._count = 1
        self.begin()
        usual = device_loop.recorder_for
        if not has_graphs:
            device_loop.recorder_for = lambda device: None
        try:
            self.advance(1)  # here it is decided how blocks are launched
        finally:
            device_loop.recorder_for = usual

    def begin(self) -> None:
        self.state, self._done = self.learner.start(self.problem, SEED), 0

    def advance(self, count: int) -> int:
        came = self.learner.advance(self.state, self.problem, SEED, self._done, count)
        self.state, self._done = came.state, self._done + came.done
        return came.done

    def __call__(self) -> int:
        """About as many steps as fit into a slice, state up and down included."""
        begun = time.perf_counter()
        done = self.advance(self._count)
        if done == 0:
            self.begin()
        elif time.perf_counter() - begun < _SLICE_S:
            self._count *= 2
        return done


class Eager:
    """torch.nn.Sequential and torch.optim.SGD with the data on the device, one epoch a call."""

    def __init__(self, it: Project, device: str) -> None:
        learner = models.load("mlp").with_settings(it.experiment.settings)
        problem, self._batch = problem_for(it.dataset, it.experiment, learner), it.experiment.settings["batch_size"]
        self._x = torch.tensor(np.array(problem.features), dtype=torch.float32, device=device)
        self._goals = torch.tensor(problem.targets * 2 - 1, dtype=torch.float32, device=device)[:, None]
        torch.manual_seed(SEED)
        sizes = (problem.d, *it.experiment.settings["hidden_layer_sizes"], 1)
        layers = [
            layer
            for inputs, units in zip(sizes[:-1], sizes[1:], strict=True)
            for layer in (torch.nn.Linear(inputs, units), torch.nn.Tanh())
        ]
        self._net = torch.nn.Sequential(*layers).to(device)
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=it.experiment.settings["learning_rate"])

    def __call__(self) -> int:
        order = torch.randperm(len(self._x)).to(self._x.device)
        for first in range(0, len(order), self._batch):
            rows = order[first : first + self._batch]
            self._optimizer.zero_grad()
            loss = 0.5 * torch.nn.functional.mse_loss(self._net(self._x[rows]), self._goals[rows])
            loss.backward()
            self._optimizer.step()
        loss.item()  # the device is done
        return -(-len(order) // self._batch)


# -- how it is measured ------------------------------------------------------------------------------------------------


def _measure_case(name: str, it: Project, device: str, seconds: float, rounds: int) -> list[Measure]:
    """Every way in turn, again and again; ratios within a round."""
    ways: dict[str, Callable[[], int]] = {
        "graphs": Ours(it, device), "launches": Ours(it, device, has_graphs=False), "eager": Eager(it, device),
        "cpu": Ours(it, None),
    }  # fmt: skip
    _check(name, ways["graphs"], ways["cpu"])
    found: dict[str, list[float]] = {way: [] for way in ways}
    for work in ways.values():
        _rate(work, 0.3)
    for _ in range(rounds):
        for way, work in ways.items():
            found[way].append(_rate(work, seconds))
    rows = [
        Measure.median(f"MLP {name}: {title}" if way == "graphs" else f"  {title}", found[way], "steps/s")
        for way, title in TITLES.items()
    ]
    rows[0] = dataclasses.replace(rows[0], note=f"{device}; medians of {rounds} rounds")
    for other in ("launches", "eager", "cpu"):
        ratios = np.array(found["graphs"]) / np.array(found[other])
        rows.append(Measure.median(f"  recorded blocks / {TITLES[other]}", ratios, "times"))
    return rows


def _check(name: str, one: Ours, other: Ours) -> None:
    """Raises ArithmeticError unless both have learned the same after a few steps."""
    for way in (one, other):
        way.begin()
        way.advance(30)
    apart = float(np.abs(one.state.params - other.state.params).max())
    if not apart < _ALIKE:
        raise ArithmeticError(f"{name}: device and CPU lie {apart:.1e} apart: not the same arithmetic")


def _rate(work: Callable[[], int], seconds: float) -> float:
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        done += work()
    return done / (time.perf_counter() - begun)
