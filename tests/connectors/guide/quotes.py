# SPDX-License-Identifier: Apache-2.0
"""quotes.py GUIDE FOLDER: every block of C in the guide stands in a file of the folder, but for white space (TAP)."""
import pathlib
import re
import sys



def words(text):
    return re.sub(r"\s+", "", text)


guide, folder = map(pathlib.Path, sys.argv[1:])
sources = {path.name: words(path.read_text()) for path in sorted(folder.glob("*.[ch]"))}
blocks = re.findall(r"^```c\n(.*?)^```", guide.read_text(), re.S | re.M)
for number, block in enumerate(blocks, 1):
    home = [name for name, text in sources.items() if words(block) in text]
    print("%s %d - %s" % ("ok" if home else "not ok", number, ", ".join(home) or "in no file: " + block.splitlines()[0]))
print("1..%d" % len(blocks))
sys.exit(0 if blocks else 1)
