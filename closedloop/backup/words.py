"""What back-up, restore and heal did, in words for the terminal."""

from closedloop.backup.heal import Healed
from closedloop.backup.restore import Restored
from closedloop.backup.take import Taken


def of_backup(taken: Taken, folder: str, vault_folder: str | None) -> list[str]:
    """What was backed up, and what is not in it."""
    parts = taken.manifest.parts
    size = sum(part.bytes for part in parts)
    journal = sum(part.counts.get("journal", 0) for part in parts)
    records = sum(part.counts.get("records", 0) for part in parts)
    first, last = min(part.began for part in parts), max(part.ended for part in parts)
    lines = [
        f"{folder}: {len(parts)} parts, {size / 1e6:,.1f} MB; {journal:,} journal rows, {records:,} log records.",
        f"The parts are of instants from {first:%Y-%m-%d %H:%M:%S}Z to {last:%H:%M:%S}Z.",
        f"SHA-256 of its manifest, to be kept elsewhere: {taken.sha256}",
    ]
    if vault_folder is not None and taken.vault is not None:
        keys = sum(part.counts["rows"] for part in taken.vault.parts)
        lines.append(
            f"{vault_folder}: {keys:,} keys of the vault. Let it expire within days. SHA-256: {taken.vault_sha256}"
        )
    else:
        lines.append("The vault's keys were NOT backed up: --vault-to FOLDER does that, into a folder kept apart.")
    return [*lines, "Not in it, to be kept apart from both: the master key."]


def of_restore(restored: Restored) -> list[str]:
    """What was put back, and what to do now."""
    lines = [f"Restored: {', '.join(restored.parts)}."]
    if restored.without_vault:
        lines.append("The vault was not restored: where its keys are not there already, nobody's data can be read.")
    return [*lines, "Nothing starts on it yet. Now run: closedloop restore heal"]


def of_heal(healed: Healed, *, only_look: bool) -> list[str]:
    """What was made right."""
    lines = [f"Looked at {healed.events:,} events of the log."]
    if healed.nothing:
        return [*lines, "Log, stores and vault agree. There is nothing to do; the system may start."]
    will = "to be " if only_look else ""
    if healed.into_log:
        lines.append(f"The log lacked {healed.into_log:,} events that stores hold: {will}put back into it.")
    for service, subjects in healed.subjects_behind.items():
        lines.append(f"The store of {service} was behind the log in {subjects:,} subjects: {will}given back.")
    if only_look:
        return [*lines, *_lost(healed)]
    for service, got in healed.stores.items():
        lines.append(
            f"  {service}: {got.own:,} own events, {got.learned:,} facts of others, {got.due:,} rows of what is due."
        )
        if got.files:
            lines.append(f"  {service}: {got.files:,} evidence files that they name are not kept there, or no longer.")
    moved = healed.positions
    if moved.subscribers:
        lines.append(
            f"{moved.subscribers:,} positions in the log were found again; {moved.views:,} views are built anew."
        )
    for service, effects in healed.effects.items():
        lines.append(
            f"What leaves the house, {service}: {effects.settled:,} settled already, {effects.asked:,} to be asked for "
            f"by key before anything is sent, {effects.held:,} left to people."
        )
    if healed.erased_again:
        lines.append(f"{healed.erased_again:,} people who had been erased since were erased again.")
    lines += _lost(healed)
    return [*lines, "Now start the system, and run `closedloop verify` before people work again."]


def _lost(healed: Healed) -> list[str]:
    lines = []
    if healed.streams_lost:
        lines.append(f"LOST: of {healed.streams_lost:,} streams more was read than is in any part.")
    if healed.keys_lost:
        lines.append(f"LOST: the keys of {healed.keys_lost:,} people; their data can never be read again.")
    return lines
