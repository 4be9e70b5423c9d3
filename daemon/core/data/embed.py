#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a C table (wordlist.h) from a sorted text file: embed.py NAME FILE.txt OUT.c"""
import sys

name, source, target = sys.argv[1:]
with open(source, encoding='utf-8') as file:
    lines = [line.rstrip('\n').encode() for line in file if line.strip() and not line.startswith('#')]
keys = [line.split(b'\t')[0] for line in lines]
if keys != sorted(set(keys)):
    wrong = next((b for a, b in zip(keys, keys[1:]) if a >= b), b'')
    sys.exit(f'{source}: "{wrong.decode()}" is not in the order of its bytes, or is there twice')
size = 4
while size < 2 * len(lines) + 2:
    size *= 2
slots, offset = [0] * size, 0
for key, line in zip(keys, lines):
    slot = 2166136261
    for byte in key:
        slot = (slot ^ byte) * 16777619 & 0xffffffff
    slot %= size
    while slots[slot]:
        slot = (slot + 1) % size
    slots[slot] = offset + 1
    offset += len(line) + 1
quoted = ''.join('\\%03o' % byte if byte < 32 or byte > 126 or byte in b'"\\?' else chr(byte)
                 for byte in b''.join(line + b'\n' for line in lines))
with open(target, 'w', encoding='ascii') as out:
    out.write(f'/* made from {name}.txt */\n#include "wordlist.h"\n\nstatic const char text[] =\n')
    at = 0
    while at < len(quoted):
        end = min(at + 2000, len(quoted))
        while end < len(quoted) and '\\' in quoted[end - 4:end]:  # never inside an escape
            end += 1
        out.write(f'\t"{quoted[at:end]}"\n')
        at = end
    out.write(f'\t"";\n\nstatic const uint32_t slots[{size}] = {{\n')
    for at in range(0, size, 16):
        out.write('\t' + ' '.join(f'{start},' for start in slots[at:at + 16]) + '\n')
    out.write(f'}};\n\nconst struct wordlist words_{name} = {{ text, sizeof(text) - 1, slots, {size - 1} }};\n')
