"""What `make bench` runs: figures as ratios, each pair taken in turn in one run."""
