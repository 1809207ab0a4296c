"""Where does every complaint stand, whom does it wait for, and by when?"""

from itertools import chain

from services.desk.stages import due_at, is_solved, stage_of, waits_for
from services.desk.standing import Standing, mine, unsolved, visible
from services.desk.steps import callback, intake, investigation, resolution
from shared.projections.scope import STAFF
from shared.projections.view import Question, View, flag, minor_units, moment, number, text, texts

VIEW = View(
    name="cases",
    version=2,
    columns=(
        text("complaint_id"),
        text("number"),
        text("person"),
        text("reached"),
        moment("since"),
        texts("pending"),
        number("cycle"),
        text("severity"),
        flag("restricted"),
        flag("vulnerable"),
        flag("urgent"),
        text("category"),
        text("department"),
        text("owner"),
        text("investigator"),
        texts("awaited"),
        text("channel"),
        moment("received_at"),
        moment("registered_at"),
        number("chased"),
        number("reported_upward"),
        texts("settlements"),
        text("digest"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        number("given"),
        number("steps"),
        text("verdict"),
        text("cause"),
        text("outcome"),
        flag("tried"),
        texts("hands"),
        texts("untrue"),
        text("closing"),
        moment("began_at"),
        moment("decide_by"),
        moment("execute_by"),
        moment("lapses_at"),
        moment("call_by"),
        moment("confirm_by"),
        moment("review_by"),
        text("from_system"),
        texts("conflicted"),
        moment("updated_at"),
        text("stage"),
        text("waits_for"),
        moment("due_at"),
        flag("solved"),
    ),
    indexes=(
        ("solved", "due_at"), ("owner", "solved", "due_at"), ("department", "solved", "due_at"), ("investigator",),
        ("waits_for", "solved", "due_at"), ("number",), ("person", "received_at"), ("received_at",), ("pending",),
    ),
    derived={"stage": stage_of, "waits_for": waits_for, "due_at": due_at, "solved": is_solved},
)  # fmt: skip
"""`reached`: the stage as its events say; `given`, `steps`: how far the approval of the remedy under way is; `hands`:
who handled it, and `untrue`: of whom a callback record was found untrue, so that neither calls the customer (N8).
"""

for _fact, _step in chain.from_iterable(each.STEPS.items() for each in (intake, investigation, resolution, callback)):
    VIEW.on(_fact)(_step)

VIEW.ask(
    Question(
        path="/cases",
        may=STAFF,
        model=Standing,
        summary="Complaints, the newest first",
        filters=(
            "stage", "waits_for", "severity", "department", "owner", "person", "number", "solved", "urgent",
            "category", "cause", "outcome", "investigator",
        ),
        several=("pending",),
        ranges=("received_at", "due_at"),
        order="received_at",
        descending=True,
        where=visible,
    )
)  # fmt: skip
VIEW.ask(
    Question(
        path="/worklists/mine",
        may=(*STAFF, "regulator_desk"),
        model=Standing,
        summary="What I keep track of until it is solved, the earliest due first",
        filters=("stage", "severity"),
        several=("pending",),
        ranges=("due_at",),
        order="due_at",
        where=mine,
    )
)
VIEW.ask(
    Question(
        path="/worklists/team",
        may=STAFF,
        model=Standing,
        summary="What is not solved, the earliest due first",
        filters=("department", "waits_for", "stage", "severity", "owner", "investigator", "urgent"),
        several=("pending",),
        ranges=("due_at",),
        order="due_at",
        where=unsolved,
    )
)
