"""Python runs this at the start of every process that has this folder on its PYTHONPATH: such a process asks the time
of a file that the test moves forward (see `tests.chaos.clock_file`)."""

from service.clock import SystemClock
from tests.chaos.clock_file import ClockFile

SystemClock.now = ClockFile.of_environment().now  # type: ignore[assignment, method-assign]
