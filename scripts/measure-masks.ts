// In: nothing. Out: tables of how much of what was drawn on simulated pictures stays, and how much tissue goes with it, by kind of
// mark and style of ink; what changes in pictures without marks, which should be nothing; and what it takes. About two minutes.
import { thinned } from '../src/analysis/keyframes.ts';
import { withoutGraphics } from '../src/analysis/mask.ts';
import { cineGraphics, withoutCineGraphics } from '../src/analysis/mask-cine.ts';
import { CINES, legStills, type Picture } from '../test/support/clean-pictures.ts';
import { INKS, type Mark, MOVING_MARKS, STILL_MARKS, withMarks } from '../test/support/drawn-marks.ts';
import { addCounts, type Cleaner, countLeft, leftShare, lostShare, type MaskCount } from '../test/support/mask-shares.ts';

const SIZE = { rows: 418, columns: 578 };
const LARGE = { rows: 600, columns: 800 };
const FRAMES = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
/** As many frames of a cine tell its mask. */
const SAMPLES = 5;
const RUNS = 9;
const NONE: MaskCount = { drawn: 0, left: 0, tissue: 0, lost: 0 };

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`.padStart(9);

const cleanStills: Cleaner = (pictures) => pictures.map(withoutGraphics);
const cleanCine: Cleaner = (pictures) => {
  const mask = cineGraphics(thinned(pictures, SAMPLES));
  return mask === null ? pictures : pictures.map((picture) => withoutCineGraphics(picture, mask));
};

type Table = { readonly clean: Cleaner; readonly kinds: Readonly<Record<string, readonly Mark[]>> };

function table(name: string, groups: readonly (readonly Picture[])[], { clean, kinds }: Table): void {
  let changed = 0;
  for (const group of groups) {
    const after = clean(group);
    for (const [index, { data }] of group.entries())
      for (const [at, grey] of data.entries()) if (after[index]?.data[at] !== grey) changed += 1;
  }
  print(`\n${name}: ${groups.flat().length} pictures; pixels changed where nothing is drawn: ${changed}`);
  print(`${'ink'.padEnd(10)}${'marks'.padEnd(12)}${'left'.padStart(9)}${'lost'.padStart(9)}`);
  for (const [inkName, ink] of Object.entries(INKS)) {
    for (const [kind, marks] of Object.entries(kinds)) {
      const count = groups.map((group) => countLeft(group, clean, { marks, ink })).reduce(addCounts, NONE);
      print(`${inkName.padEnd(10)}${kind.padEnd(12)}${percent(leftShare(count))}${percent(lostShare(count))}`);
    }
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Least CPU time of several runs: what the work itself takes on a machine that does other things too. */
function leastMs(work: () => unknown): string {
  const took = Array.from({ length: RUNS }, () => {
    const from = threadMs();
    work();
    return threadMs() - from;
  });
  return `${Math.min(...took).toFixed(1)} ms`.padStart(10);
}

const alone = (marks: readonly Mark[]): Record<string, readonly Mark[]> =>
  Object.fromEntries(marks.map((mark) => [mark, [mark]]));

const cines = Object.values(CINES).map((cine) => cine(SIZE, FRAMES));
const stills = [...cines.map((pictures) => pictures.slice(0, 1)), legStills(SIZE, [11, 12])];
table('Stills', stills, { clean: cleanStills, kinds: { ...alone(STILL_MARKS), all: STILL_MARKS } });
const moving = Object.keys(MOVING_MARKS) as (keyof typeof MOVING_MARKS)[];
const everything = {
  all: STILL_MARKS,
  ...alone(moving),
  'all, moving': [...STILL_MARKS.filter((mark) => mark !== 'ecg'), ...moving],
};
table('Cines', cines, { clean: cleanCine, kinds: { ...alone(STILL_MARKS), ...everything } });

print(
  `\n${LARGE.columns} x ${LARGE.rows} pixels${''.padEnd(8)}clean   a still  one frame of a cine, of a cine with moving marks, once a cine`,
);
for (const [name, cine] of Object.entries(CINES)) {
  const clean = cine(LARGE, FRAMES.slice(0, SAMPLES));
  const drawn = (marks: readonly Mark[]) => clean.map((picture, frame) => withMarks(picture, marks, INKS.white, frame).picture);
  const [one, other] = [drawn(STILL_MARKS), drawn(everything['all, moving'])];
  const [still, swept] = [cineGraphics(one), cineGraphics(other)];
  const [first, second, third] = [clean[0], one[1], other[1]];
  if (first === undefined || second === undefined || third === undefined || still === null || swept === null) continue;
  const times = [
    leastMs(() => withoutGraphics(first)),
    leastMs(() => withoutGraphics(second)),
    leastMs(() => withoutCineGraphics(second, still)),
    leastMs(() => withoutCineGraphics(third, swept)),
    leastMs(() => cineGraphics(other)),
  ];
  print(`${name.padEnd(20)}${times.join('')}`);
}
