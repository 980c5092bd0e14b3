// In: kinds of simulated examinations and families of attention pages, all by default. Out: docs/phantoms-<kind>.png and docs/captures-<family>.png,
// what they look like.
//
// Usage: node scripts/contact-sheets.ts [kind or family ...]

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contactSheet, type Sheet } from './contact-sheet.ts';
import { captureKinds, captureSheet } from './contact-sheet-captures.ts';
import { compressionSheet } from './contact-sheet-compression.ts';
import { echoSheet } from './contact-sheet-echo.ts';
import { legSheet } from './contact-sheet-leg.ts';
import { lungSheet } from './contact-sheet-lung.ts';

const sheets: Readonly<Record<string, () => Sheet>> = {
  leg: legSheet,
  compression: compressionSheet,
  lung: lungSheet,
  echo: echoSheet,
};

/** Attention pages are kept smaller than simulated examinations: they have large even parts. */
const mostCaptureBytes = 300_000;

const wanted = process.argv.slice(2);
for (const kind of wanted.length > 0 ? wanted : [...Object.keys(sheets), ...captureKinds]) {
  const draw = sheets[kind];
  if (draw === undefined && !captureKinds.includes(kind))
    throw new RangeError(`no kind ${kind}: ${[...Object.keys(sheets), ...captureKinds].join(', ')}`);
  const png = draw === undefined ? await contactSheet(await captureSheet(kind), mostCaptureBytes) : await contactSheet(draw());
  const file = path.join(import.meta.dirname, '../docs', `${draw === undefined ? 'captures' : 'phantoms'}-${kind}.png`);
  await writeFile(file, png);
  process.stdout.write(`${file}: ${png.length} bytes\n`);
}
