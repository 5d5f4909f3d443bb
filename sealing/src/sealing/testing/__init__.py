"""What tests of several members share: authorities and seals of their own making, for nothing but tests."""
