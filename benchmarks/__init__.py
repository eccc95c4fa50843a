"""What `make bench` runs: how fast aftercell is, as ratios taken in one run on one machine.

    python -m benchmarks                    # all, some minutes
    python -m benchmarks --quick            # small sizes, to see that everything works
    python -m benchmarks tick inbound       # only these
    python -m benchmarks --json FILE        # the figures as JSON as well

A figure alone says little about a shared machine; each promise is a ratio to something measured in the same minutes.
See docs/performance.md for the method.
"""
