// In: kinds of simulated examinations, all by default. Out: docs/phantoms-<kind>.png, what they look like.
//
// Usage: node scripts/contact-sheets.ts [kind ...]

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contactSheet, type Sheet } from './contact-sheet.ts';
import { echoSheet } from './contact-sheet-echo.ts';
import { legSheet } from './contact-sheet-leg.ts';
import { lungSheet } from './contact-sheet-lung.ts';

const sheets: Readonly<Record<string, () => Sheet>> = { leg: legSheet, lung: lungSheet, echo: echoSheet };

const wanted = process.argv.slice(2);
for (const kind of wanted.length > 0 ? wanted : Object.keys(sheets)) {
  const draw = sheets[kind];
  if (draw === undefined) throw new RangeError(`no kind ${kind}: ${Object.keys(sheets).join(', ')}`);
  const png = await contactSheet(draw());
  const file = path.join(import.meta.dirname, '../docs', `phantoms-${kind}.png`);
  await writeFile(file, png);
  process.stdout.write(`${file}: ${png.length} bytes\n`);
}
