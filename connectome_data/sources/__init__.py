"""Readers of the published data files; used only when the tables are rebuilt."""
