"""The rules that turn published data into the tables; each states what is published and what is our assumption."""
