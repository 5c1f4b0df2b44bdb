"""worm/kernels."""
