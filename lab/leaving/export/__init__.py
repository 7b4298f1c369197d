"""What leaves the laboratory: one room for each kind of file. The menu and the command line call the same functions.

model.py        model.safetensors + model.json, written and read back
result.py       result.json: what was learned, readable
predictions.py  predictions.csv
metrics.py      metrics.csv
plot.py         plot.svg
assembling.py   files put in place together, or none of them
taken.py        any one of them, as the window asks for it
folder.py       all of them together, as `run --export` leaves them
"""
