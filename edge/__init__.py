"""The edge service: what lies between the collectors and the people who read the figures.

Samples go one way, and nothing upstream knows who reads it:

    collectors ─▶ intake ─▶ journal ─▶ sealing ─▶ archive
                               ├─▶ sinks              │
                               └──────────────────────┴─▶ history ─▶ engine ─▶ evidence, api

Rooms by layer; each knows only those below it, which pyproject.toml holds it to:

cli service                          what people start: commands; the service, where rooms meet
(api) evidence                       what is shown; packages that a stranger computes anew
engine importing intake supervise    what combines rooms: figures; past rows; live rows; retries
history mending sealing              every row once; starting in spite of damage; journal to archive
latest stores tail                   how the stores of a site are opened, and read at their end
(collectors kpi)                     the kinds of sources; the arithmetic of figures, without files
archive catalog journal ledger       what is kept of samples: parts, names, blocks, accounts
records                              what people decided and what was computed
again sinks                          rows to be brought again; where samples go besides
config tables status                 the configuration; tables of others; who runs at this moment
doubles                              whole numbers that are no doubles
held moment packing rowsums trust    rows without a time; instants; packed rows; checksums; clocks
model site facts entries             the vocabulary: samples; the shop floor; what people tell
clock errors                         the only place that asks the time; what goes wrong, by who acts
shifts profiles text formulas        days of a calendar; sectors; words of pages; texts, no formulas
units                                what a price and a meter must agree in
ballast crash mishap newest          room kept back; places to die at; errors of SQLite; a note
"""
