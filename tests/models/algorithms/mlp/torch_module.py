"""A referee: the network of a state as PyTorch's own layers, for tests to hold ours against."""

from __future__ import annotations

import torch
from torch import nn

from models.algorithms.mlp import state as mlp_state
from models.algorithms.mlp.learner import MLP
from models.algorithms.mlp.state import MLPState

BENDS = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid}


def module(learner: MLP, state: MLPState) -> nn.Sequential:
    """The network (float64) for rows in the learner's units. It gives weighted sums before the softmax for
    cross-entropy, the tanh output for squared error, and original units for numbers."""
    layers: list[nn.Module] = []
    for weights, bias in mlp_state.layers_of(state.params, state.sizes):
        linear = nn.Linear(*weights.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weights.T.copy()))
            linear.bias.copy_(torch.tensor(bias.copy()))
        layers.append(linear)
    with torch.no_grad():  # the target's units, folded into the last layer
        linear.weight *= state.target_scale
        linear.bias.mul_(state.target_scale).add_(state.target_mean)
    for k, name in enumerate(learner.activations):
        layers.insert(2 * k + 1, BENDS[name]())
    return nn.Sequential(*layers, *([nn.Tanh()] if state.output == mlp_state.TANH_SQUARED else []))
