"""`python -m service` is `aftercell`."""

from service.cli import main

main()
