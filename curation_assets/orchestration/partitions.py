"""The partitions of the graph: one for each shard, that is, for each file of the inbox."""

import warnings

import dagster as dg

# Checks by partition are a preview in Dagster 1.13, and are what a check of one shard needs;
# constraints.txt pins the version that this was tested with.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)

SHARDS = dg.DynamicPartitionsDefinition(name="shards")
