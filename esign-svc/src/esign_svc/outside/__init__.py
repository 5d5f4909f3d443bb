"""What esign speaks with outside the suite: the press, who keeps keys, who certifies them, who gives the time."""
