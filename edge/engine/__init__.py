"""The engine: from committed samples to the element table, and from it to figures.

`engine` is its counter: whoever asks, asks there. `folding.fold` keeps the table equal to what a
full recomputation would give; `view` is what every question to the table starts from. Its rooms,
each knowing only those above it, which pyproject.toml holds it to:

    machine     one machine over a stretch of time: what was read of it, and the rows that follow
    folding     which stretch is computed anew, from where, and writing what came out
    figures     sums of rows per group, and what they cost
    floor       what runs now, what stood, and why
    entering    what people write down: facts, entries of the dated tables, edits of stops
    verdicts    a frozen baseline, a promise, and what the days since then prove
    tasks       who agreed on what, and what the figures say of it
    explaining  where a figure comes from: its samples, decisions, gaps, prices and days
    findings    what somebody should know of figures that are not wrong
    view views  what questions start from: they stand between the fold and the figures
    engine      the counter, which knows all of them
"""
