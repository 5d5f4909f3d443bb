"""The commands, a module each: imported when one is asked for, so that a process imports only what it runs."""
