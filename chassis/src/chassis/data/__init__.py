"""The data wing: one service's database, its schema and what is written beside the domain's own tables."""
