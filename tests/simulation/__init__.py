"""Years of faults on a virtual clock: the real queue, and a network, workers and people made of seeded chance."""

from __future__ import annotations
