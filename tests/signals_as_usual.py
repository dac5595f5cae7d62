"""Import it: what a suite starts gets signals as programs usually do.

A shell's background jobs ignore SIGINT, nohup's SIGHUP, and what they start inherits that; a handler is not inherited.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
