"""What esign speaks with outside the suite: who keeps keys, who certifies them, who gives the time."""
