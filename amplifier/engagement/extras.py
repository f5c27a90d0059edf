"""What is needed for charts, explore and Parquet, and not to publish: how whoever lacks it gets it."""

from __future__ import annotations

HOW = "make analyst, in the folder of Amplifier's code"
