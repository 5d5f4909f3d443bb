"""The `yiwang` command: runs the suite, tells a matter on the terminal, loads a city, and looks after what runs."""
