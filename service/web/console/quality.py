"""How well the site answers, as charts with their tables, and as CSV."""

import csv
import io
from collections.abc import Callable

from flask import Blueprint, Response, render_template, request

from service.flows import quality as figures_of
from service.flows.access import May
from service.flows.quality import GROUPS, WEEKS, Figures, Quality
from service.web.charts import BarChart, bar_chart
from service.web.context import context
from service.web.i18n import _, language_name
from service.web.sessions import actor, needs

quality = Blueprint("quality", __name__, url_prefix="/quality")

COLUMNS = (
    "checkins answered texts unclear alerts resolved led_to_action minutes_to_take minutes_to_resolve behind"
).split()


def _found() -> Quality:
    here, args = context(), request.args
    weeks = args.get("weeks", WEEKS[0], type=int)
    return figures_of.figures(here.services, actor(), args.get("by", GROUPS[0]), weeks, here.clock.now())


@quality.get("")
@needs(May.COUNT)
def figures() -> str:
    found = _found()
    charts = (
        (_("Check-ins answered"), _bars(found, lambda one: one.answer_rate, percent=True)),
        (_("Replies not understood"), _bars(found, lambda one: one.unclear_rate, percent=True)),
        (_("Alerts per 100 check-ins"), _bars(found, lambda one: one.alerts_per_100)),
        (_("Minutes until an alert is taken, median"), _bars(found, lambda one: one.minutes_to_take)),
    )
    groups = {"language": _("Language"), "phase": _("Phase"), "week": _("Week")}
    return render_template("console/quality.html", found=found, charts=charts, groups=groups, spans=WEEKS)


def _bars(found: Quality, value: Callable[[Figures], float | None], *, percent: bool = False) -> BarChart | None:
    values = []
    for one in found.groups:
        amount = value(one)
        if amount is not None:
            label = f"{amount * 100:.0f} %" if percent else f"{amount:.1f}"
            group = language_name(one.group) if found.by == "language" and one.group != "?" else one.group
            values.append((group, amount * 100 if percent else amount, label))
    return bar_chart(values, top=100 if percent else None)


@quality.get("/figures.csv")
@needs(May.COUNT)
def as_csv() -> Response:
    found = _found()
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([found.by, *COLUMNS])
    for one in found.groups:
        writer.writerow([one.group, *(_cell(getattr(one, name)) for name in COLUMNS)])
    headers = {"Content-Disposition": f'attachment; filename="quality-{found.by}-{found.weeks}-weeks.csv"'}
    return Response(table.getvalue(), mimetype="text/csv", headers=headers)


def _cell(value: float | bool | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else f"{value:g}"
