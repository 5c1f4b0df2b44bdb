"""The rules that turn published data into tables; each states which part is our assumption."""
