"""One step: notes that it ran, reads its inputs and writes a line. `step.py LOG NAME OUTPUT [INPUT ...]`."""

import sys

log, name, output, *inputs = sys.argv[1:]
with open(log, "a") as file:
    file.write(f"{name}\n")
size = 0
for path in inputs:
    with open(path) as file:
        size += len(file.read())
with open(output, "w") as file:
    file.write(f"{name} {size}\n")
