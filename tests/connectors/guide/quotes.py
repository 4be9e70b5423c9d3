# SPDX-License-Identifier: Apache-2.0
"""quotes.py GUIDE FOLDER: every block of C in the guide stands word for word in a file of the folder (TAP)."""
import pathlib
import re
import sys

guide, folder = map(pathlib.Path, sys.argv[1:])
sources = {path.name: path.read_text() for path in sorted(folder.glob("*.[ch]"))}
blocks = re.findall(r"^```c\n(.*?)^```", guide.read_text(), re.S | re.M)
for number, block in enumerate(blocks, 1):
    # "…" alone in a line leaves something out
    parts = [part.strip("\n") for part in re.split(r"^\s*…\n", block, flags=re.M)]
    home = [name for name, text in sources.items() if all(part in text for part in parts)]
    print("%s %d - %s" % ("ok" if home else "not ok", number, ", ".join(home) or "in no file: " + parts[0].splitlines()[0]))
print("1..%d" % len(blocks))
sys.exit(0 if blocks else 1)
