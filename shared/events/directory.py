"""Facts of the directory: staff, reporting lines, authority limits. Reference facts to all other services."""

from pydantic import Field

from shared.events.base import Event
from shared.events.vocabulary import Code, DepartmentId, Instant, LimitEntry, StaffId
from shared.privacy.personal import Personal


class FromDirectory(Event, source="directory"):
    """A fact that the directory alone may state."""


class StaffJoined(FromDirectory, wire="staff.joined", critical=True, term="入职"):
    """Someone works here now (subject `staff:<id>`)."""

    name: Personal
    department: DepartmentId
    roles: tuple[Code, ...]
    reports_to: StaffId | None = None


class StaffMoved(FromDirectory, wire="staff.moved", critical=True, term="调岗"):
    """Another department or other roles."""

    department: DepartmentId
    roles: tuple[Code, ...]


class ReportingLineSet(FromDirectory, wire="staff.reporting-line-set", critical=True, term="汇报关系"):
    """Who leads them from now on; None for the head of the firm."""

    reports_to: StaffId | None


class StaffLeft(FromDirectory, wire="staff.left", critical=True, term="离职"):
    """They act no more."""


class DeputyNamed(FromDirectory, wire="staff.deputy-named", critical=True, term="指定代理人"):
    """Somebody acts for this person while they are away: in their name, never with their approval limit."""

    deputy: StaffId
    begins: Instant
    ends: Instant


class DeputyEnded(FromDirectory, wire="staff.deputy-ended", critical=True, term="代理终止"):
    """They act for this person no more, before the date that was set."""

    deputy: StaffId


class LimitsProposed(FromDirectory, wire="limits.proposed", critical=True, term="拟定审批权限"):
    """A whole new table of authority limits, put forward by one person (subject `limits:house`)."""

    table: Code
    entries: tuple[LimitEntry, ...] = Field(max_length=500)


class LimitsActivated(FromDirectory, wire="limits.activated", critical=True, term="启用审批权限"):
    """A second person put the table in force from `effective_from`, at least five minutes after it was recorded."""

    table: Code
    entries: tuple[LimitEntry, ...] = Field(max_length=500)
    effective_from: Instant
    proposed_by: StaffId


StaffEvent = StaffJoined | StaffMoved | ReportingLineSet | StaffLeft | DeputyNamed | DeputyEnded
LimitsEvent = LimitsProposed | LimitsActivated
DirectoryEvent = StaffEvent | LimitsEvent
