"""The front of an embedded system: one address for all services, a page that says where to go, and demo tokens."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from closedloop.people import PEOPLE, Person
from closedloop.system import System
from shared.web.admission import Admission
from shared.web.app import SafeHeaders, app_for
from shared.web.deadline import Deadline
from shared.web.identity import actor_of
from shared.web.problems import FRONT_HANDLERS, BoundedBody, problem

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#d9dee6;--back:#fff;--accent:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#9aa6b5;--line:#333c49;--back:#12161c;--accent:#7db8f5}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:var(--ink);
background:var(--back)}main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.6rem;margin:0 0 .25rem}
h2{font-size:1.1rem;margin:2.25rem 0 .5rem}p{margin:.25rem 0 1rem;color:var(--soft)}a{color:var(--accent)}
table{border-collapse:collapse;width:100%;font-size:.95rem}th,td{text-align:left;padding:.45rem .75rem .45rem 0;
border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft)}
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}pre{overflow-x:auto;padding:.75rem 1rem;
border:1px solid var(--line);border-radius:.4rem}.wide{overflow-x:auto}summary{cursor:pointer;color:var(--accent)}
.token{display:block;max-width:22rem;user-select:all}
"""


class Advance(BaseModel):
    """How far to move the demo's clock forward."""

    seconds: float = Field(ge=0, le=400 * 86_400)


def front(system: System) -> Starlette:
    """Everything behind one port."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield

    is_practice = system.process.built_in is not None

    async def home(request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            whom = {"people": "/people", "token": "POST /tokens/{id}"} if is_practice else {}
            return JSONResponse({"services": sorted(system.runtimes), "sandbox": system.settings.sandbox} | whom)
        policy = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(_page(system, str(request.base_url)), headers=policy)

    async def people(_: Request) -> Response:
        return JSONResponse([_shown(person) for person in PEOPLE])

    async def token(request: Request) -> Response:
        person = next((each for each in PEOPLE if each.staff_id == request.path_params["staff_id"]), None)
        if person is None:
            return problem(404, "nobody", "There is no such demo person. GET /people lists them.")
        return JSONResponse(
            {"token": token_of(system, person), "staff_id": person.staff_id, "roles": list(person.roles)}
        )

    async def advance(request: Request) -> Response:
        actor_of(request, system.process.tokens, ("administrator",))
        try:
            asked = Advance.model_validate_json(await request.body())
        except ValidationError:
            return problem(422, "invalid", 'Send {"seconds": <how far to move the clock forward>}.')
        return JSONResponse({"now": system.process.clock.advance(timedelta(seconds=asked.seconds)).isoformat()})

    async def now(_: Request) -> Response:
        clock = system.process.clock
        return JSONResponse({"now": clock.now().isoformat(), "ahead_seconds": clock.offset.total_seconds()})

    practice = [
        Route("/people", people),
        Route("/tokens/{staff_id}", token, methods=["POST"]),
        Route("/clock/advance", advance, methods=["POST"]),
    ]
    routes = [
        Route("/", home),
        Route("/clock", now),
        *(practice if is_practice else ()),
        *(
            Mount(f"/{name}", app_for(runtime.rooms, system.settings, runtime))
            for name, runtime in system.runtimes.items()
        ),
    ]
    # Another site must not reach the demo's tokens through a name of its own that points to this machine.
    here = ["127.0.0.1", "localhost", "::1", "[::1]"]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=here if is_practice else ["*"])
    bounds = {"most": system.settings.max_body, "most_of_file": system.settings.max_file}
    middleware = [
        hosts,
        Middleware(SafeHeaders),
        Middleware(Deadline, seconds=system.settings.request_seconds),
        Middleware(Admission, entrance_of=lambda _: system.process.entrance),
        Middleware(BoundedBody, **bounds),
    ]
    app = Starlette(routes=routes, middleware=middleware, lifespan=lifespan, exception_handlers=FRONT_HANDLERS)
    # Only asked where no address is set: the desk then finds the services here.
    system.process.peers.app = app
    return app


def _shown(person: Person) -> dict[str, object]:
    return {
        "staff_id": person.staff_id,
        "name": person.name,
        "department": person.department,
        "roles": list(person.roles),
        "reports_to": person.reports_to,
    }


def token_of(system: System, person: Person) -> str:
    """A fresh token of a demo person."""
    return system.process.issuer.issue(person.staff_id, person.roles, person.department)


def _row(person: Person, token: str) -> str:
    return (
        f"<tr><td><code>{html.escape(person.staff_id)}</code></td><td>{html.escape(person.name)}</td>"
        f"<td>{html.escape(person.department)}</td><td>{html.escape(', '.join(person.roles))}</td>"
        f"<td><details><summary>show</summary><code class=token>{html.escape(token)}</code></details></td></tr>"
    )


def _page(system: System, base: str) -> str:
    services = "".join(
        f'<tr><td><a href="/{name}/docs">{name}</a></td><td>{html.escape(_purpose(name))}</td></tr>'
        for name in system.runtimes
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Closedloop</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body><main>
<h1>Closedloop 投诉闭环</h1><p>Complaint handling with a closed-loop audit trail. This is the embedded system.</p>
<h2>Services</h2><p>Each page lists its commands and questions, and can try them.</p>
<div class="wide"><table><tr><th>Service</th><th>What it does</th></tr>{services}</table></div>
{_whom(system, base)}
</main></body></html>"""


def _whom(system: System, base: str) -> str:
    """Who may enter, and how."""
    settings = system.settings
    if settings.oidc_issuer:
        return f"<h2>Sign in 登录</h2><p>With a token of <code>{html.escape(settings.oidc_issuer)}</code>.</p>"
    people = "".join(_row(person, token_of(system, person)) for person in PEOPLE)
    return f"""<h2>Demo people 演示人员</h2>
<p>Each has a token, good for twelve hours on this machine. Open it here, or:</p>
<pre><code>curl -sX POST {html.escape(base)}tokens/li.na</code></pre>
<div class="wide"><table><tr><th>Id</th><th>Name</th><th>Department</th><th>Roles</th><th>Token</th></tr>
{people}</table></div>"""


def _purpose(service: str) -> str:
    return {
        "directory": "Staff, reporting lines, authority limits · 人员与审批权限",
        "intake": "Registration, classification, judgement · 投诉受理与判断",
        "investigation": "Investigators, evidence, cause, findings · 调查",
        "resolution": "Remedy, approval, offer, execution · 处理方案与审批",
        "callback": "Callback, satisfaction, closing, archive · 回访与归档",
        "desk": "A complaint whole, worklists, statistics · 工作台",
    }[service]
