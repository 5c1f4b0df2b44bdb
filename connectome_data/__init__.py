"""connectome_data."""
