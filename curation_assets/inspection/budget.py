"""What became of the budget, in words for the end of a run."""

import json
from typing import Any

from resources.lake import Lake

PLAN_FILE = "mixture_plan/plan.json"


def budget_told(lake: Lake) -> list[str]:
    """Return lines that say what was asked and filled, and what could not be had; none without a plan."""
    path = lake.root / PLAN_FILE
    if not path.is_file():
        return []
    plan: dict[str, Any] = json.loads(path.read_bytes())
    budget = plan["budget"]
    filled = f"The budget:    {budget['filled']:,} of {budget['asked']:,} {budget['unit']} filled"
    read = plan["selected"]["training_tokens"]
    repeated = f", {read:,} tokens with repetitions" if read != plan["selected"]["tokens"] else ""
    first = f"{filled} by {plan['selected']['documents']:,} documents{repeated} ({plan['sampler']})"
    return [first, *(f"  {note}" for note in plan["notes"])]
