from __future__ import annotations

import numpy as np
import pytest

from lab.data.generators import GENERATORS, generate
from lab.errors import LabError

IDS = tuple(GENERATORS)
LOGIC = tuple(id for id in IDS if id.startswith("logic_"))
DRAWN = tuple(id for id in IDS if id not in LOGIC)
CLASSED = tuple(id for id in DRAWN if id not in ("tilted", "disc3d"))


@pytest.mark.parametrize("id", IDS)
def test_that_the_same_seed_gives_the_same_points_and_another_seed_others(id):
    first, again, other = generate(id, seed=3), generate(id, seed=3), generate(id, seed=4)
    assert first.features.tobytes() == again.features.tobytes()
    assert first.targets.tobytes() == again.targets.tobytes()
    assert (first.features.tobytes() == other.features.tobytes()) == (id in LOGIC)


@pytest.mark.parametrize("id", DRAWN)
@pytest.mark.parametrize("n", [4, 5, 31, 200])
@pytest.mark.parametrize("noise", [0.0, 0.4, 1.0])
def test_that_every_count_and_noise_gives_as_many_finite_points_with_known_classes(id, n, noise):
    data = generate(id, n, noise, 1)
    assert data.features.shape == (n, len(data.feature_names)) and data.targets.shape == (n,)
    assert data.feature_names == (("x", "y", "z") if id == "disc3d" else ("x", "y"))
    assert np.isfinite(data.features).all()
    assert 0 <= data.targets.min() and data.targets.max() < len(data.class_names)
    assert data.view == (-6, 6, -6, 6) and data.origin == "generated"


@pytest.mark.parametrize("id", CLASSED)
def test_that_classes_are_even_and_rows_are_mixed(id):
    data = generate(id, 200, 0.0, 5)
    counts = np.bincount(data.targets)
    assert len(counts) == GENERATORS[id].n_classes_hint and counts.max() - counts.min() <= 1
    assert len(set(data.targets[:20])) > 1


@pytest.mark.parametrize("id", CLASSED)
def test_that_noise_makes_the_classes_harder_to_tell_apart(id):
    from sklearn.neighbors import KNeighborsClassifier

    def score(noise: float) -> float:
        train, test = generate(id, 600, noise, 1), generate(id, 600, noise, 2)
        return KNeighborsClassifier(5).fit(train.features, train.targets).score(test.features, test.targets)

    assert score(0.0) > 0.95 and score(0.9) < score(0.0) - 0.05


def test_that_circles_have_the_disc_and_the_ring_of_the_parity_set():
    data = generate("circles", 1000, 0.0, 1)
    r = np.hypot(*data.features.T)
    inner, ring = r[data.targets == 0], r[data.targets == 1]
    assert inner.max() < 2.5 and 3.5 <= ring.min() and ring.max() <= 5.0
    assert inner.max() > 2.4 and ring.min() < 3.6 and ring.max() > 4.9


def test_that_exclusive_or_is_the_sign_of_xy_with_a_padding():
    data = generate("xor", 1000, 0.0, 1)
    x, y = data.features.T
    assert np.array_equal(data.targets, (x * y < 0).astype(int))
    assert np.abs(data.features).min() >= 0.3 and 5.0 < np.abs(data.features).max() <= 5.3


def test_that_two_gaussians_have_their_means_and_a_variance_from_a_half_to_four():
    for noise, variance in ((0.0, 0.5), (1.0, 4.0)):
        data = generate("gaussians", 20_000, noise, 1)
        for number, mean in ((0, 2.0), (1, -2.0)):
            points = data.features[data.targets == number]
            assert points.mean(axis=0) == pytest.approx([mean, mean], abs=0.08)
            assert points.var(axis=0) == pytest.approx([variance, variance], rel=0.05)


def test_that_spiral_arms_follow_the_formula_of_the_parity_set():
    data = generate("spirals", 200, 0.0, 1)
    i = np.arange(100)
    r, t = 5 * i / 100, 1.75 * 2 * np.pi * i / 100
    for arm in (0, 1):
        wanted = np.stack([r * np.sin(t + np.pi * arm), r * np.cos(t + np.pi * arm)], axis=1)
        found = data.features[data.targets == arm]
        assert found[np.argsort(np.hypot(*found.T))] == pytest.approx(wanted, abs=1e-12)


def test_that_the_tilted_cloud_is_four_times_as_long_as_wide_and_keeps_a_class_for_the_brush():
    from sklearn.decomposition import PCA

    data = generate("tilted", 5000, 0.1, 1)
    pca = PCA().fit(data.features)
    assert np.sqrt(pca.explained_variance_[0] / pca.explained_variance_[1]) == pytest.approx(4.0, rel=0.05)
    assert np.degrees(np.arctan(pca.components_[0, 1] / pca.components_[0, 0])) == pytest.approx(30.0, abs=1.0)
    assert data.has_classes and data.class_names == ("A",)


def test_that_more_noise_makes_the_tilted_cloud_rounder_without_a_jump():
    def ratio(noise: float) -> float:
        values = np.linalg.svd(generate("tilted", 4000, noise, 1).features, compute_uv=False)
        return values[1] / values[0]

    ratios = [ratio(noise) for noise in (0.0, 0.09, 0.11, 0.5, 1.0)]
    assert ratios == sorted(ratios) and ratios[2] - ratios[1] < 0.05 and ratios[-1] > 0.9


@pytest.mark.parametrize(("id", "fires"), [("logic_and", lambda a, b: a & b), ("logic_or", lambda a, b: a | b),
                                           ("logic_xor", lambda a, b: a ^ b)])  # fmt: skip
def test_that_logic_tables_hold_the_four_inputs_and_the_operators_answers(id, fires):
    data = generate(id, n=77, noise=0.5, seed=1)
    inputs = data.features.astype(int)
    assert sorted(map(tuple, inputs.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert data.targets.tolist() == [fires(a, b) for a, b in inputs.tolist()]
    assert data.origin == "logic" and data.view == (-0.5, 1.5, -0.5, 1.5)


@pytest.mark.parametrize(("options", "word"), [({"id": "nowhere"}, "nowhere"), ({"n": 3}, "3"), ({"n": 10**9}, "10"),
                                               ({"noise": 1.01}, "1.01"), ({"noise": float("nan")}, "nan"),
                                               ({"seed": -1}, "-1")])  # fmt: skip
def test_that_values_out_of_range_are_refused_in_both_languages(options, word):
    with pytest.raises(LabError) as caught:
        generate(**{"id": "xor", **options})
    for lang in ("en", "ko"):
        assert word.replace("-", "−") in caught.value.said.say(lang) or word in caught.value.said.say(lang)
