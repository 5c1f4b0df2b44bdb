"""wormlife."""
