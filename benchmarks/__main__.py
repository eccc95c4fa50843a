"""The command; see the package's docstring."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import dispatch, inbound, jobs, paging, reading, ticking
from benchmarks.measuring import Figure, machine
from service import logs

BENCHMARKS: dict[str, Callable[..., Iterator[Figure]]] = {
    module.NAME: module.run for module in (inbound, dispatch, paging, ticking, jobs, reading)
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="small sizes: shows that it works, not how fast it is")
@click.option("--json", "file", type=click.Path(path_type=Path), help="write the figures here as well")
def main(names: tuple[str, ...], quick: bool, file: Path | None) -> None:
    """Measure, print a table, and fail when a target was missed."""
    logs.configure()
    here = machine()
    Console(stderr=True).print(here)
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        Console(stderr=True).print(f"{name} …")
        figures += BENCHMARKS[name](quick=quick)
    Console(width=120).print(_table(figures))
    if file is not None:
        file.write_text(json.dumps(_document(here, figures, quick), indent=2) + "\n")
    if not quick and any(figure.met is False for figure in figures):
        sys.exit(1)


def _table(figures: list[Figure]) -> Table:
    table = Table("benchmark", "figure", "value", "target", "met")
    for figure in figures:
        met = {None: "", True: "yes", False: "NO"}[figure.met]
        table.add_row(figure.benchmark, figure.name, f"{figure.value:,.3g} {figure.unit}", figure.target, met)
    return table


def _document(here: dict[str, str | int | float], figures: list[Figure], quick: bool) -> dict[str, object]:
    rows = [
        {
            "benchmark": figure.benchmark,
            "figure": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "target": figure.target,
            "met": figure.met,
        }
        for figure in figures
    ]
    return {"at": datetime.now(UTC).isoformat(), "quick": quick, "machine": here, "figures": rows}


if __name__ == "__main__":
    main()
