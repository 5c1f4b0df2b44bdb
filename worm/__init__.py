"""worm."""
