"""The catalogue's pure rules: what a city pack holds, whether it is right, and the guide for a situation."""
