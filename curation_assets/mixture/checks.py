"""What to warn of when the mixture is complete."""

import json

from curation_assets.stage import Check, Figures
from curation_assets.workplace import Workplace


def look_at_contents(workplace: Workplace, _shard: str) -> tuple[bool, Figures]:
    """Return whether the manifest's table of contents holds what a trainer expects of it.

    The table is small and meets people in pandas, so dagster-pandas states what it must be.
    """
    import pandas as pd
    from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type

    contents_type = create_dagster_pandas_dataframe_type(
        name="MixtureContents",
        columns=[
            PandasColumn.string_column("source", non_nullable=True),
            PandasColumn.string_column("language", non_nullable=True),
            PandasColumn.integer_column("documents", min_value=1, non_nullable=True),
            PandasColumn.integer_column("tokens", min_value=0, non_nullable=True),
            PandasColumn.float_column("token_share", min_value=0.0, max_value=1.0, non_nullable=True),
        ],
    )
    manifest = json.loads((workplace.lake.root / "mixture_manifest" / "manifest.json").read_bytes())
    table = pd.DataFrame(manifest["contents"])
    if table.empty:
        return False, {"documents": 0}
    verdict = contents_type.type_check(None, table)
    figures: Figures = {"documents": int(table["documents"].sum()), "tokens": int(table["tokens"].sum())}
    return verdict.success, {**figures, "problem": verdict.description or ""}


CONTENTS_MAKE_SENSE = Check(
    "contents_make_sense",
    "Every source of the mixture has documents, tokens and a share.",
    look_at_contents,
    advice="An empty mixture: see why in the ledger (curate status, mixture_plan's notes). Otherwise "
    "materialise mixture_manifest.",
)
