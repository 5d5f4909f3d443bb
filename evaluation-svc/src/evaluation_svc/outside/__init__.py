"""What evaluation speaks with outside: the provincial platform, which owns 好差评 in Henan."""
