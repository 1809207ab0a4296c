"""The believable staff of an embedded run: a bank of middle size, with enough people that nobody must judge twice.

Leads come before those they lead, so that they can join the directory in this order.
"""

from dataclasses import dataclass

BUSINESS = ("cards", "payments", "loans", "wealth")
"""Departments that complaints are about."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff. `staff_id` is the pseudonym that events bear; `reports_to` is that of their lead."""

    staff_id: str
    name: str
    department: str
    roles: tuple[str, ...]
    reports_to: str | None


_MANAGEMENT = (
    Person("gu.mingyuan", "顾明远 Gu Mingyuan", "operations", ("higher_approver",), None),
    Person("margaret.hale", "Margaret Hale", "operations", ("higher_approver",), "gu.mingyuan"),
    Person("tang.yi", "唐毅 Tang Yi", "operations", ("approver",), "margaret.hale"),
    Person("david.okafor", "David Okafor", "operations", ("approver",), "margaret.hale"),
    Person("qin.yue", "秦悦 Qin Yue", "operations", ("approver",), "margaret.hale"),
)

_CARDS = (
    Person("zhou.jie", "周洁 Zhou Jie", "cards", ("department_lead",), "margaret.hale"),
    Person("peter.lindqvist", "Peter Lindqvist", "cards", ("department_lead",), "zhou.jie"),
    Person("chen.bo", "陈波 Chen Bo", "cards", ("investigator", "resolution_officer"), "zhou.jie"),
    Person("liu.yan", "刘燕 Liu Yan", "cards", ("investigator", "resolution_officer"), "zhou.jie"),
    Person("amira.haddad", "Amira Haddad", "cards", ("investigator",), "peter.lindqvist"),
)

_PAYMENTS = (
    Person("sun.lei", "孙磊 Sun Lei", "payments", ("department_lead",), "margaret.hale"),
    Person("helen.marsh", "Helen Marsh", "payments", ("department_lead",), "sun.lei"),
    Person("wu.min", "吴敏 Wu Min", "payments", ("investigator", "resolution_officer"), "sun.lei"),
    Person("zheng.kai", "郑凯 Zheng Kai", "payments", ("investigator", "resolution_officer"), "sun.lei"),
    Person("oscar.reyes", "Oscar Reyes", "payments", ("investigator",), "helen.marsh"),
)

_LOANS = (
    Person("ma.lin", "马琳 Ma Lin", "loans", ("department_lead",), "gu.mingyuan"),
    Person("robert.quinn", "Robert Quinn", "loans", ("department_lead",), "ma.lin"),
    Person("he.jing", "何静 He Jing", "loans", ("investigator", "resolution_officer"), "ma.lin"),
    Person("gao.peng", "高鹏 Gao Peng", "loans", ("investigator", "resolution_officer"), "ma.lin"),
    Person("sofia.rossi", "Sofia Rossi", "loans", ("investigator",), "robert.quinn"),
)

_WEALTH = (
    Person("lin.xue", "林雪 Lin Xue", "wealth", ("department_lead",), "gu.mingyuan"),
    Person("james.whitaker", "James Whitaker", "wealth", ("department_lead",), "lin.xue"),
    Person("guo.tao", "郭涛 Guo Tao", "wealth", ("investigator", "resolution_officer"), "lin.xue"),
    Person("luo.dan", "罗丹 Luo Dan", "wealth", ("investigator", "resolution_officer"), "lin.xue"),
    Person("nina.petrov", "Nina Petrov", "wealth", ("investigator",), "james.whitaker"),
)

_TRIAGE = (
    Person("wang.qiang", "王强 Wang Qiang", "triage", ("triage_lead",), "gu.mingyuan"),
    Person("zhao.min", "赵敏 Zhao Min", "triage", ("triage_lead",), "wang.qiang"),
    Person("grace.turner", "Grace Turner", "triage", ("triage_lead",), "wang.qiang"),
    Person("xu.fei", "徐飞 Xu Fei", "triage", ("reviewer", "quality_reviewer"), "wang.qiang"),
    Person("daniel.brooks", "Daniel Brooks", "triage", ("reviewer", "quality_reviewer"), "wang.qiang"),
)

_CUSTOMER_SERVICE = (
    Person("zhang.wei", "张伟 Zhang Wei", "customer-service", ("callback_agent",), "gu.mingyuan"),
    Person("li.na", "李娜 Li Na", "customer-service", ("agent",), "zhang.wei"),
    Person("yang.fan", "杨帆 Yang Fan", "customer-service", ("agent",), "zhang.wei"),
    Person("emma.clarke", "Emma Clarke", "customer-service", ("agent",), "zhang.wei"),
    Person("huang.ting", "黄婷 Huang Ting", "customer-service", ("callback_agent",), "zhang.wei"),
    Person("tom.adeyemi", "Tom Adeyemi", "customer-service", ("callback_agent",), "zhang.wei"),
    Person("pan.lu", "潘璐 Pan Lu", "customer-service", ("agent",), "zhang.wei"),
    Person("ruth.kimani", "Ruth Kimani", "customer-service", ("callback_agent",), "zhang.wei"),
)

_SUPPORT = (
    Person("deng.hong", "邓红 Deng Hong", "finance", ("executor",), "margaret.hale"),
    Person("ingrid.berg", "Ingrid Berg", "finance", ("executor",), "deng.hong"),
    Person("cao.ying", "曹颖 Cao Ying", "compliance", ("compliance_officer",), "gu.mingyuan"),
    Person("samuel.stone", "Samuel Stone", "compliance", ("compliance_officer",), "cao.ying"),
    Person("jiang.hao", "蒋浩 Jiang Hao", "compliance", ("regulator_desk",), "cao.ying"),
    Person("fiona.murray", "Fiona Murray", "compliance", ("regulator_desk",), "cao.ying"),
    Person("ren.zhi", "任志 Ren Zhi", "it", ("administrator",), "margaret.hale"),
    Person("kate.nowak", "Kate Nowak", "it", ("administrator",), "ren.zhi"),
    Person("fang.yuan", "方圆 Fang Yuan", "finance", ("executor",), "deng.hong"),
    Person("bai.yun", "白云 Bai Yun", "risk-control", ("risk_control",), "gu.mingyuan"),
    Person("lena.fischer", "Lena Fischer", "risk-control", ("risk_control",), "bai.yun"),
    Person("shen.jia", "沈佳 Shen Jia", "human-resources", ("hr",), "gu.mingyuan"),
    Person("omar.farouk", "Omar Farouk", "human-resources", ("hr",), "shen.jia"),
    Person("tian.mei", "田梅 Tian Mei", "back-office", ("back_office",), "margaret.hale"),
    Person("jack.murphy", "Jack Murphy", "back-office", ("back_office",), "tian.mei"),
)

PEOPLE: tuple[Person, ...] = (
    *_MANAGEMENT,
    *_CARDS,
    *_PAYMENTS,
    *_LOANS,
    *_WEALTH,
    *_TRIAGE,
    *_CUSTOMER_SERVICE,
    *_SUPPORT,
)


def department_of(staff_id: str) -> str:
    """Where somebody works. Raises StopIteration for nobody."""
    return next(person.department for person in PEOPLE if person.staff_id == staff_id)


def with_role(role: str, department: str | None = None) -> tuple[Person, ...]:
    """Those who hold a role, of one department or of all, in the order of the list."""
    return tuple(
        person for person in PEOPLE if role in person.roles and (department is None or person.department == department)
    )
