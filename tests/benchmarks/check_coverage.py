"""How often each 95 % interval of vitprune.statistics holds the truth, and how often each test at 5 % is wrong.

    python tests/benchmarks/check_coverage.py [--trials 2000] [--only TEXT]

Paired shares are enumerated, not simulated: those figures are exact.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from vitprune.rank_correlation import kendall, spearman
from vitprune.ranks import rank_intervals
from vitprune.statistics import (
    bootstrap_difference,
    equivalence,
    equivalence_of_shares,
    mcnemar_p,
    paired_proportion,
    proportion,
)

Sampler = Callable[[np.random.Generator, int], NDArray[np.float64]]
SKEWED: dict[str, tuple[float, Sampler]] = {
    "normal": (0.0, lambda rng, n: rng.normal(size=n)),
    "Student, 3 degrees": (0.0, lambda rng, n: rng.standard_t(3, n)),
    "exponential": (1.0, lambda rng, n: rng.exponential(size=n)),
    "log-normal, sigma 1": (float(np.exp(0.5)), lambda rng, n: rng.lognormal(0, 1, n)),
    "log-normal, sigma 1.5": (float(np.exp(1.125)), lambda rng, n: rng.lognormal(0, 1.5, n)),
}


def tables(n: int, discordant: float, lost: float) -> Iterator[tuple[int, int, float]]:
    """(images lost, images gained, probability) for all that is likely; `lost` is the share of losses among changes."""
    widest = int(n * discordant + 6 * np.sqrt(n * discordant) + 8)
    changed = np.arange(min(n, widest) + 1)
    for total, outer in zip(changed, binom.pmf(changed, n, discordant), strict=True):
        if outer > 1e-7:
            b = np.arange(total + 1)
            for losses, p in zip(b, outer * binom.pmf(b, total, lost), strict=True):
                if p > 1e-9:
                    yield int(losses), int(total - losses), float(p)


def share_coverage(n: int, discordant: float, lost: float) -> float:
    truth = discordant * (1 - 2 * lost)
    covered = 0.0
    for b, c, p in tables(n, discordant, lost):
        found = paired_proportion(b, c, n)
        covered += p * (found.low - 1e-12 <= truth <= found.high + 1e-12)
    return covered


def equivalence_size(n: int, discordant: float, margin: float, difference: float) -> float:
    """How often `equivalence_of_shares` says yes when the second share is lower by `difference`."""
    return sum(
        p
        for b, c, p in tables(n, discordant, (discordant + difference) / 2 / discordant)
        if equivalence_of_shares(b, c, n, margin).equivalent
    )


def mcnemar_size(n: int, discordant: float) -> tuple[float, float]:
    b, c, p = map(np.array, zip(*tables(n, discordant, 0.5), strict=True))
    exact, mid = mcnemar_p(b, c)
    return float(p[exact < 0.05].sum()), float(p[mid < 0.05].sum())


def mean_coverage(name: str, n: int, trials: int, seed: int = 0) -> float:
    truth, sample = SKEWED[name]
    rng = np.random.default_rng(seed)
    inside = 0
    for trial in range(trials):
        before = rng.normal(size=n)
        found = bootstrap_difference(before, before + sample(rng, n), resamples=500, seed=trial)
        inside += found.low <= truth <= found.high
    return inside / trials


def mean_size(name: str, n: int, trials: int, seed: int = 0) -> float:
    """How often `equivalence` says yes when the true mean lies on the margin, 0.2 standard deviations from 0."""
    truth, sample = SKEWED[name]
    rng = np.random.default_rng(seed)
    spread = float(np.std(sample(rng, 200_000)))
    margin = 0.2 * spread
    return float(np.mean([equivalence(sample(rng, n) - truth - margin, margin).equivalent for _ in range(trials)]))


def seen_means(
    rng: np.random.Generator, truth: NDArray[np.float64], noise: float, images: int, shared: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(sites, images) around true means, each mean with the standard error `noise`, half of its variance `shared`."""
    own = rng.exponential(size=(len(truth), images)) - 1
    common = 3 * rng.normal(size=images)  # an easy image is easy for all sites
    return truth[:, None] + noise * np.sqrt(images) * (np.sqrt(0.5) * own + np.sqrt(0.5) * shared + common)


def correlation_coverage(
    measure: Callable[..., object],
    r: float,
    noise: tuple[float, float],
    trials: int,
    *,
    heavy: bool = False,
    linked: bool = False,
    sites: int = 24,
    images: int = 300,
    seed: int = 0,
) -> float:
    """Tau or rho of true means with a latent correlation r; `noise` in standard deviations between sites; `heavy`: one
    side log-normal, as damage is; `linked`: the two sides' noise correlates by one half."""
    rng = np.random.default_rng(seed)
    inside = 0
    for trial in range(trials):
        a, b = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], sites).T
        if heavy:
            b = np.exp(b) / 2.16
        shared = rng.normal(size=(2, sites, images))
        tables = [
            seen_means(rng, truth, size, images, shared[0 if linked else side])
            for side, (truth, size) in enumerate(zip((a, b), noise, strict=True))
        ]
        truth = measure(a, b, resamples=2).value  # pyright: ignore[reportAttributeAccessIssue]
        found = measure(*tables, same_images=linked, resamples=400, seed=trial)
        inside += found.low - 1e-9 <= truth <= found.high + 1e-9  # pyright: ignore[reportAttributeAccessIssue]
    return inside / trials


def site_coverage(measure: Callable[..., object], r: float, sites: int, trials: int, seed: int = 0) -> float:
    """Tau or rho of the population that the sites are a sample of."""
    truth = 2 / np.pi * np.arcsin(r) if measure is kendall else 6 / np.pi * np.arcsin(r / 2)
    rng = np.random.default_rng(seed)
    inside = 0
    for trial in range(trials):
        a, b = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], sites).T
        found = measure(a, b, resamples=400, seed=trial)
        inside += found.low <= truth <= found.high  # pyright: ignore[reportAttributeAccessIssue]
    return inside / trials


def rank_coverage(noise: float, trials: int, sites: int = 24, images: int = 300, seed: int = 0) -> tuple[float, float]:
    """Share of (trial, site) whose true rank lies in the interval, and the mean width of the intervals."""
    rng = np.random.default_rng(seed)
    inside = width = 0.0
    for trial in range(trials):
        truth = rng.normal(size=sites)
        table = seen_means(rng, truth, noise, images, rng.normal(size=(sites, images)))
        found = rank_intervals(table, 3, resamples=400, seed=trial)
        true_rank = np.argsort(np.argsort(-truth)) + 1
        inside += float(np.mean((found.low <= true_rank) & (true_rank <= found.high)))
        width += float(np.mean(found.high - found.low))
    return inside / trials, width / trials


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--only", default="", help="the parts whose name has this text")
    args = parser.parse_args()
    trials: int = args.trials

    def part(name: str, rows: Callable[[], Iterator[tuple[object, ...]]]) -> None:
        if args.only in name:
            print(f"\n{name}")
            for *what, figure in rows():
                shown = " ".join(f"{x:.4f}" for x in np.atleast_1d(np.array(figure)))
                print(f"  {'  '.join(map(str, what)):<64} {shown}", flush=True)

    part("share: Wilson", lambda: (
        (f"n {n}", f"share {share}", float(sum(
            binom.pmf(k, n, share) for k in range(n + 1)
            if (e := proportion(np.arange(n) < k)).low - 1e-12 <= share <= e.high + 1e-12
        )))
        for n in (600, 2000) for share in (0.5, 0.82, 0.95)
    ))  # fmt: skip
    part("difference of paired shares: Tango", lambda: (
        (f"n {n}", f"{d:.0%} change", f"{lost:.0%} of them for the worse", share_coverage(n, d, lost))
        for n in (200, 600, 1000, 2000) for d in (0.02, 0.05, 0.1) for lost in (0.5, 0.7, 0.9, 1.0)
    ))  # fmt: skip
    part("size of equivalence of paired shares, difference on the margin", lambda: (
        (f"n {n}", f"margin {m:.0%}", f"{d:.1%} change", equivalence_size(n, d, m, m))
        for n in (600, 1000, 2000, 5000) for m in (0.01, 0.02) for d in (m, 1.5 * m, 2 * m, 0.05, 0.1)
    ))  # fmt: skip
    part("size of McNemar, exact and mid-p", lambda: (
        (f"n {n}", f"{d:.0%} change", mcnemar_size(n, d)) for n in (600, 2000) for d in (0.02, 0.05, 0.1)
    ))  # fmt: skip
    part("mean and mean difference: studentised bootstrap", lambda: (
        (f"n {n}", name, mean_coverage(name, n, trials)) for n in (5, 100, 600) for name in SKEWED
    ))  # fmt: skip
    part("size of equivalence of means", lambda: (
        (f"n {n}", name, mean_size(name, n, 5 * trials)) for n in (100, 600) for name in SKEWED
    ))  # fmt: skip
    part("rank correlation over images", lambda: (
        (
            measure.__name__, f"r {r}", f"noise {noise}", "heavy" * heavy, "linked" * linked,
            correlation_coverage(measure, r, noise, trials // 4, heavy=heavy, linked=linked),
        )
        for measure in (kendall, spearman) for heavy, linked in ((False, False), (True, False), (False, True))
        for r in (0.0, 0.6, 0.9) for noise in ((0.02, 0.05), (0.05, 0.15), (0.05, 0.3), (0.3, 0.3))
    ))  # fmt: skip
    part("rank correlation over sites", lambda: (
        (measure.__name__, f"sites {sites}", f"r {r}", site_coverage(measure, r, sites, trials))
        for measure in (kendall, spearman) for sites in (12, 24, 36) for r in (0.0, 0.5, 0.85)
    ))  # fmt: skip
    part("ranks: coverage and mean width", lambda: (
        (f"noise {noise}", rank_coverage(noise, trials // 10)) for noise in (0.02, 0.05, 0.15, 0.3)
    ))  # fmt: skip


if __name__ == "__main__":
    main()
