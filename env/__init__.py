"""The world around the worm, the closed loop, experiments, tasks and recordings."""
