// SPDX-License-Identifier: Apache-2.0
// Prints phone_metadata.c from the metadata of the npm package libphonenumber-js:
//	npm pack libphonenumber-js && tar xzf libphonenumber-js-*.tgz && node phone_metadata.mjs package > phone_metadata.c
import { readFileSync } from 'node:fs';

const folder = process.argv[2];
const read = (file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
const { version } = read('package.json');
const metadata = read('metadata.min.json');
const quote = (text) => (text ? `"${text.replaceAll('\\', '\\\\')}"` : 'NULL');

// National prefix rules come in three simple kinds; the rest of the few odd ones keep their plain prefix.
const prefixRule = (prefix, parsing, transform) => {
  const local = parsing && transform && /^\(([^()]+)\)\$(?:\|.*)?$/.exec(parsing);
  if (local && /^\d+\$1$/.test(transform)) return { local: local[1], area: transform.replace('$1', '') };
  if (transform === '$2') return { carrier: '1[245]|2[1-35]|31|4[13]|[56]5|99' };
  const mark = parsing && transform === '9$1' && /^0\?\(\?:\((.*)\)15\)\?$/.exec(parsing);
  if (mark) return { marked: mark[1] };
  return {};
};
// Outer alternatives of a pattern must be one group: the lengths and the transform rules look at the whole number.
const rows = Object.entries(metadata.countries).sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([region, row]) => {
  const [code, international, pattern, lengths, , prefix, , parsing, transform, , leading] = row;
  const main = metadata.country_calling_codes[code][0] === region;
  const mask = lengths.reduce((bits, length) => bits | (1 << length), 0) >>> 0;
  const { local, area, carrier, marked } = prefixRule(prefix, parsing, transform);
  const fields = [`.region = "${region}"`, `.code = "${code}"`, `.lengths = 0x${mask.toString(16)}`, `.international = ${quote(international)}`, `.pattern = ${quote(pattern)}`];
  if (main) fields.push('.is_main = true');
  if (prefix) fields.push(`.prefix = "${prefix}"`);
  if (leading) fields.push(`.leading = ${quote(leading)}`);
  if (local) fields.push(`.local = ${quote(local)}`, `.area = "${area}"`);
  if (carrier) fields.push(`.carrier = ${quote(carrier)}`);
  if (marked) fields.push(`.marked = ${quote(marked)}`);
  const lines = [];
  for (const field of fields) {
    const parts = field.length > 100 ? field.match(/.{1,96}(?<!\\)/g).map((part, i) => (i ? `"${part}` : part)) : [field];
    parts.forEach((part, i) => lines.push(i < parts.length - 1 ? `${part}"` : `${part},`));
  }
  const out = ['\t{'];
  let line = '\t ';
  for (const field of lines) {
    if (line.length + field.length > 100 && line.trim()) { out.push(line); line = '\t '; }
    line += ` ${field}`;
  }
  out.push(line, '\t},');
  return out.join('\n');
});
const order = Object.keys(metadata.countries).sort();
const cells = Object.entries(metadata.country_calling_codes).sort((a, b) => a[0] - b[0])
  .map(([code, regions]) => `{ ${code}, ${order.indexOf(regions[0])} },`).filter((cell) => !cell.includes('-1'));
const codes = [];
for (let i = 0; i < cells.length; i += 8) codes.push(`\t${cells.slice(i, i + 8).join(' ')}`);
console.log(`/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made by phone_metadata.mjs from libphonenumber-js ${version} (MIT, Nikolay Kuchumov), whose data comes from Google's
 * libphonenumber: Copyright (C) The Libphonenumber Authors, licensed under the Apache License, Version 2.0.
 * Changes: only what parsing needs is kept, in the form of phone_metadata.h. Do not edit; make it again.
 */
#include "phone_metadata.h"

const struct phone_region phone_regions[] = {
${rows.join('\n')}
};

const size_t n_phone_regions = sizeof(phone_regions) / sizeof(phone_regions[0]);

const struct phone_code phone_codes[] = {
${codes.join('\n')}
};

const size_t n_phone_codes = sizeof(phone_codes) / sizeof(phone_codes[0]);`);
