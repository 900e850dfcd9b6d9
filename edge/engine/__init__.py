"""The engine: from committed samples to the element table, and from it to figures.

`engine` is its counter: whoever asks, asks there. `fold` keeps the table equal to what a full
recomputation would give; `view` is what every question to the table starts from. The modules by
what they are for, each group knowing only those above it:

One machine over a stretch of time: what was read of it, and the rows that follow.
    anchors gather spans turns calendars placing shaping counting counts frozen silence cycles gaps
    observing naming tracks spread byhand ended subjects harvest quantities rows
The fold: which stretch is computed anew, from where, and writing what came out.
    lines rulebook dated booking scanning reach planning window silent pieces storing arriving
    recent fold anew view views
Figures: sums of rows per group, and what they cost.
    groups extract planned hours_told watched sums calendar_time documents loose shares unseen
    pricing costs figures days charging metering demand orders samples definitions
The floor: what runs now, what stood, and why.
    schedule states conditions unclear now listing tiles reasons defects grouping saying stops
    auditing
What people write down: facts, entries of the dated tables, edits of stops.
    configured stating entering filing tabling stop_edits
Verdicts: a frozen baseline, a promise, and what the days since then prove.
    windows vouched baselines former changes preview plan_cuts strata decomposition bill judging
    sensitivity sustainment circumstances adjusting behind targets
Improvement tasks: who agreed on what, and what the figures say of it.
    task_terms attribution proving_tasks task_steps tasks task_notes
Where a figure comes from: its samples, decisions, gaps, prices and days.
    told decisions lost lacking explaining billing proving
Findings: what somebody should know of figures that are not wrong.
    explained promised machine_lints stations lints
"""
