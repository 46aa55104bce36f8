"""What every test may rely on, however the test run itself was started."""

import signal

# A shell script that puts the tests into the background has them ignore SIGINT, and so would every process that they
# start: whatever is stopped by Ctrl+C would then never end.
signal.signal(signal.SIGINT, signal.default_int_handler)
