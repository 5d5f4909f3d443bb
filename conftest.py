"""What all tests share.

Members whose folder and package share a name are imported before pytest takes the folder for the package; generated
examples may take their time, since these tests are about what is right, on machines of any speed.
"""

from hypothesis import settings

import chassis
import gateway

__all__ = ["chassis", "gateway"]

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")
