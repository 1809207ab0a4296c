"""Rules that several commands of the directory share: who is on the staff, and whom one may report to."""

from shared.decide import Actor, Forbidden, Known, NotFound, Refused
from shared.events.vocabulary import SYSTEM
from shared.reference.roles import AUDITOR, STAFF
from shared.reference.staff import StaffMember, superiors

ROLES = (*STAFF, "administrator", "regulator_desk")
"""Every role a person can have; `system` is none of them."""


def must_be_on_the_staff(member: StaffMember) -> None:
    """Raises NotFound, or Refused for someone who left."""
    if not member.joined:
        raise NotFound("unknown_staff", "Nobody of this id is in the directory. Let them join first.")
    if member.left:
        raise Refused("left", "They have left. Whoever comes back joins under a new id.")


def must_still_work_here(actor: Actor, known: Known) -> None:
    """Whoever left, or was never here, sets no limits, however long their token is valid."""
    member = known.states.get(f"staff:{actor.id}")
    if not isinstance(member, StaffMember) or not member.active:
        raise Forbidden("not_on_the_staff", "The directory does not have you on the staff. Ask an administrator.")


def must_not_be_own(staff_id: str, actor: Actor) -> None:
    """Nobody gives themself another department, other roles or another lead: four eyes are decided by these."""
    if staff_id in (actor.id, actor.on_behalf_of):
        raise Forbidden("own_record", "This is your own record. Another administrator must change it.")


def must_be_known(roles: tuple[str, ...]) -> None:
    if strange := [role for role in roles if role not in ROLES]:
        raise Refused(
            "unknown_role",
            f"There is no role {strange[0]}. Use one of: {', '.join(ROLES)}.",
            role=strange[0],
            roles=list(ROLES),
        )
    if AUDITOR in roles and len(set(roles)) > 1:
        raise Refused(
            "auditor_alone", "Whoever audits the cases holds no other role. Give the other roles to somebody else."
        )


def must_be_a_person(staff_id: str) -> None:
    """`system` acts for reactions and deadlines: a person of that name would be nobody to every four-eyes rule."""
    if staff_id == SYSTEM:
        raise Refused("reserved_id", "The id `system` stands for no person. Choose another.")


def must_be_a_possible_lead(staff_id: str, reports_to: str | None, known: Known) -> None:
    """On the staff, not themself, and not someone who reports to them in turn, at however many steps."""
    if reports_to is None:
        return
    if reports_to == staff_id:
        raise Refused(
            "reports_to_self", "Nobody reports to themself. Name their lead, or none for the head of the firm."
        )
    lead = known.states.get(f"staff:{reports_to}")
    if not isinstance(lead, StaffMember) or not lead.active:
        raise Refused(
            "unknown_lead",
            f"{reports_to} is not on the staff. Let the lead join first, or name another.",
            lead=reports_to,
        )
    if staff_id in superiors(reports_to, known.states):
        raise Refused(
            "reporting_loop",
            f"{reports_to} reports to {staff_id} already. Change that line first.",
            lead=reports_to,
            staff=staff_id,
        )


def must_speak_for(staff_id: str, actor: Actor, known: Known) -> None:
    """Whose deputy it is decides on it: the person, whoever leads them at however many steps, or an administrator."""
    if actor.id == staff_id or actor.role == "administrator" or actor.id in superiors(staff_id, known.states):
        return
    raise Forbidden("not_their_lead", "Only they, whoever leads them, or an administrator names a deputy for them.")
