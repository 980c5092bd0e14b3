// In: nothing. Out: tables of how much of what was drawn on simulated pictures stays, and how much tissue goes with it, by kind of
// mark and style of ink; and what changes in pictures without marks, which should be nothing. About a minute.
import { withoutGraphics } from '../src/analysis/mask.ts';
import { cineMask, withoutCineGraphics } from '../src/analysis/mask-cine.ts';
import { CINES, legStills, type Picture } from '../test/support/clean-pictures.ts';
import { INKS, MARKS, type Mark } from '../test/support/drawn-marks.ts';
import { addCounts, type Cleaner, countLeft, leftShare, lostShare, type MaskCount } from '../test/support/mask-shares.ts';

const SIZE = { rows: 418, columns: 578 };
const FRAMES = [0, 4, 8, 12, 16];
const NONE: MaskCount = { drawn: 0, left: 0, tissue: 0, lost: 0 };

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`.padStart(9);

const cleanStills: Cleaner = (pictures) => pictures.map(withoutGraphics);
const cleanCine: Cleaner = (pictures) => {
  const mask = cineMask(pictures);
  return mask === null ? pictures : pictures.map((picture) => withoutCineGraphics(picture, mask));
};

function table(name: string, groups: readonly (readonly Picture[])[], clean: Cleaner): void {
  let changed = 0;
  for (const group of groups) {
    const after = clean(group);
    for (const [index, { data }] of group.entries())
      for (const [at, grey] of data.entries()) if (after[index]?.data[at] !== grey) changed += 1;
  }
  print(`\n${name}: ${groups.flat().length} pictures; pixels changed where nothing is drawn: ${changed}`);
  print(`${'ink'.padEnd(10)}${'marks'.padEnd(12)}${'left'.padStart(9)}${'lost'.padStart(9)}`);
  for (const [inkName, ink] of Object.entries(INKS)) {
    for (const mark of [...Object.keys(MARKS), 'all'] as (Mark | 'all')[]) {
      const marks = mark === 'all' ? (Object.keys(MARKS) as Mark[]) : [mark];
      const count = groups.map((group) => countLeft(group, clean, { marks, ink })).reduce(addCounts, NONE);
      print(`${inkName.padEnd(10)}${mark.padEnd(12)}${percent(leftShare(count))}${percent(lostShare(count))}`);
    }
  }
}

const cines = Object.values(CINES).map((cine) => cine(SIZE, FRAMES));
table('Stills', [...cines.map((pictures) => pictures.slice(0, 1)), legStills(SIZE, [11, 12])], cleanStills);
table('Cines', cines, cleanCine);
