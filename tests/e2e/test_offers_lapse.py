"""Days pass: an offer that nobody answered lapses, and an action that nobody did is overdue (domain 4.2, N12)."""

from datetime import timedelta

from closedloop.timeline import timeline
from services.resolution.commands.lapse_offer import LapseOffer
from shared.packs.house import OFFER_LAPSES_AFTER
from tests.e2e.remedy import accept, listed, offer, offered_anew, rows_of
from tests.e2e.walk import EXECUTOR, JUDGE, OFFICER, OTHER_AGENT, Walk
from tests.fixtures.system import House

ADMIN = "ren.zhi"


async def test_silence_is_no_acceptance_and_what_was_not_done_stays_overdue(own_house: House) -> None:
    house = own_house
    answered, silent = await Walk(house).accepted(), await Walk(house).offered()
    nothing = await Walk(house).offered(0, kind="no_remedy")
    due_at = (house.system.process.clock.now() + timedelta(days=9)).isoformat()
    action = {"action": "a1", "what": "Check twice.", "owner": OFFICER, "due_at": due_at}
    await silent.step(JUDGE, "resolution", "actions", action)
    shown = await listed(house, OFFICER, "resolution/worklists/offers", lambda row: row["complaint_id"] == silent.id)
    early = {"digest": silent.digest, "lapses_at": shown["lapses_at"]}
    await house.refused_itself("not_due", LapseOffer, complaint_id=silent.id, **early)

    ahead = {"seconds": (OFFER_LAPSES_AFTER + timedelta(minutes=1)).total_seconds()}
    assert (await house.post(ADMIN, "clock/advance", ahead)).status_code == 200
    await silent.shows("resolution", "status", "lapsed")
    await silent.refused(OTHER_AGENT, "resolution", "acceptance", silent.acceptance(), "offer_lapsed")
    await silent.refused(EXECUTOR, "resolution", "execution", {"digest": silent.digest}, "nothing_submitted")
    await silent.refused(OFFICER, "resolution", "offer", offer(silent.digest), "nothing_submitted")
    await silent.refused(OFFICER, "resolution", "remedy-submission", {"option": silent.option}, "option_ended")
    assert (await silent.read("resolution")).json()["rounds"] == 1
    await offered_anew(silent, "better")
    await accept(silent)

    await answered.step(EXECUTOR, "resolution", "execution", {"digest": answered.digest})
    await answered.shows("callback", "status", "due")
    await nothing.step(OFFICER, "resolution", "conclusion", {"digest": nothing.digest})
    for walk in (answered, nothing):
        told = [entry.type for entry in await timeline(house.system.runtimes.values(), walk.id)]
        assert "remedy.offer-lapsed" not in told

    late = await listed(house, OFFICER, "resolution/worklists/actions", lambda row: bool(row["overdue"]))
    assert (late["action"], late["complaint_id"], late["status"]) == ("a1", silent.id, "raised")
    done = {"result": "Live now.", "proof": "change-7"}
    await silent.step(OFFICER, "resolution", "actions/a1/completion", done)
    path = f"resolution/complaints/{silent.id}/actions"
    stays = await listed(house, OFFICER, path, lambda row: row["status"] == "completed")
    assert stays["overdue"] is True
    assert len(await rows_of(house, OFFICER, path)) == 1
