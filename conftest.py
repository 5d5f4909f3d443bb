"""What all tests share.

Members whose folder and package share a name are imported before pytest takes the folder for the package; generated
examples may take their time, since these tests are about what is right, on machines of any speed. Ctrl-C is heard also
where a shell started the tests in its background, which ignores it: what the tests start inherits that.
"""

import signal

from hypothesis import Phase, settings

import chassis
import gateway
import sealing

__all__ = ["chassis", "gateway", "sealing"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("unhurried", settings(), deadline=None)
settings.register_profile("brisk", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
settings.load_profile("unhurried")
