"""How the budget of a mixture is spread over groups, phases and repetitions: ``mixture.allocation``.

Pure: numpy and scipy, no files but ``shares_file``. A plan uses it like this (n documents that may be
taken, in the order of doc_id; c cells):

    for phase in phases_of(config.allocation, budget, config.seed):  # one, where no phases are asked for
        requests = with_shares_of_file(phase.requests)  # the bytes of the file belong to the fingerprint
        columns = {name: codes[name] for name in requests.dimensions()}  # integers [n]; topics as str(topic)
        cells, cell = cells_of(columns, names, sizes, demand, epochs, used)  # Cells of c, int64 [n]
        spread = allocate(cells, requests, phase.budget, unit)  # spread.budget: int64 [c]
        # draw cell by cell (``mixture.draw``), each document ``epochs - used`` times at most; then
        used += drawn.copies

- ``demand`` float64 [n]: size times the probability that the sampler takes the document when the whole
  phase's budget is drawn without requests (or times its expected copies). Only ratios between cells matter.
- ``epochs`` int64 [n]: ``maximum_epochs``, or that of the source. ``used`` int64 [n]: copies in earlier
  phases.
- To keep the whole within one document of its budget, not every cell: fill cells in ascending number; once
  those before went beyond theirs, the next one has to stay within its own. Cells are numbered by their
  values, dimension by dimension as in DIMENSIONS, so that sources, which come first, are kept within one
  document too.
- ``ordering.order_keys(phase.order, values)``: float64 [n], position in the phase, unless it is random.
- ``spread.requests`` and ``spread.notes`` are for the summary.

ValueErrors of ``allocate`` and ``with_shares_of_file`` name key, value and arithmetic, and end the plan.
"""
