"""What to warn of when a shard has been read."""

from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace


def look_for_quarantined_rows(workplace: Workplace, shard: str) -> tuple[bool, Figures]:
    """Return whether every row of the shard could be read, and how many of each reason could not."""
    reasons = workplace.lake.read("quarantine", shard, ["reason"])["reason"].value_counts().sort("reason")
    return reasons.height == 0, {str(reason): int(rows) for reason, rows in reasons.iter_rows()}


NOTHING_QUARANTINED = Check(
    "nothing_quarantined",
    "Every row of the file could be read.",
    look_for_quarantined_rows,
    advice="The table quarantine has position, reason and beginning of each such row: mend the file "
    "and run again.",
)
