// sonorelay phantom: a simulated examination as DICOM files with its labels beside. In: a kind and a seed. Out: a folder.
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { errorText, fault } from '../kernel/errors.ts';
import { bothLandmarks, dvtStudy } from '../phantom/dvt-study.ts';
import { echoStudy } from '../phantom/echo-study.ts';
import { legExamination } from '../phantom/leg-examination.ts';
import { type SpecialScreen, specialScreens } from '../phantom/leg-screens.ts';
import { lungStudy } from '../phantom/lung-study.ts';
import type { PhantomStudy } from '../phantom/phantom-image.ts';
import { type Amount, amountOf, type PhantomSyntax, phantomSyntaxes, writeStudy } from '../phantom/write.ts';
import { parseOptions } from './arguments.ts';

const SYNTAXES = Object.keys(phantomSyntaxes);

const OPTIONS = {
  out: { type: 'string' },
  seed: { type: 'string', default: '7' },
  syntax: { type: 'string' },
  screens: { type: 'string' },
} as const;

const HELP = `Usage: sonorelay phantom leg|compression|lung|echo --out DIR [--seed N] [--syntax NAME] [--screens LIST]

Writes a simulated examination: DICOM files one by one, and last labels.json, which says what was put into them. The same seed gives the same files. The patient is
invented and says so. Pictures are simulated as a probe makes them, so an examination takes a core for a minute or two.

  leg          leg veins: stills and a cine of the vein sections, and compression cines of the junction and the great saphenous vein of each leg
  compression  the compression cines alone
  lung         14 areas, a cine each
  echo         five views of a heart, a cine each

  --out        a folder; made when missing, and empty, since another examination's files would not be those of labels.json
  --seed       a whole number (default: 7)
  --syntax     transfer syntax of all files: ${SYNTAXES.join(', ')}; several in turn when left out
  --screens    leg only: more stills, by their screens, parted by commas: ${specialScreens.join(', ')}.
               Two or four pictures on one screen, colour flow, a picture whose header does not say where it lies`;

type Wish = { readonly seed: number; readonly screens: readonly SpecialScreen[] };

const KINDS: Readonly<Record<string, (wish: Wish) => PhantomStudy<unknown>>> = {
  leg: ({ seed, screens }) => legExamination({ seed, compression: bothLandmarks(seed), screens }),
  compression: ({ seed }) => dvtStudy({ seed }),
  lung: ({ seed }) => lungStudy({ seed }),
  echo: ({ seed }) => echoStudy({ seed }),
};

function screensOf(list: string): readonly SpecialScreen[] {
  return list.split(',').map((name) => {
    const screen = specialScreens.find((known) => known === name.trim());
    if (screen === undefined) throw fault('usage', `--screens takes ${specialScreens.join(', ')}, not "${name}".\n\n${HELP}`);
    return screen;
  });
}

function syntaxOf(name: string): PhantomSyntax {
  for (const [known, uid] of Object.entries(phantomSyntaxes)) if (known === name) return uid;
  throw fault('usage', `--syntax takes ${SYNTAXES.join(', ')}, not "${name}".\n\n${HELP}`);
}

/** The folder, made when missing. Fault `usage` when it cannot be, or holds anything. */
async function emptyFolder(name: string): Promise<string> {
  const folder = path.resolve(name);
  let held: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    held = await readdir(folder);
  } catch (error) {
    throw fault('usage', `--out ${name}: ${errorText(error)}`, error);
  }
  if (held.length > 0) throw fault('usage', `--out ${name}: is not empty; name a new folder, or empty this one.`);
  return folder;
}

/** A line that is written over on a terminal. Time goes with the frames, not with the files. */
function tell(done: Amount, all: Amount): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r${done.files} of ${all.files} files, ${Math.floor((100 * done.frames) / all.frames)} %`);
}

export async function phantom(args: readonly string[]): Promise<number> {
  const [kind = '', ...rest] = args;
  const plan = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  const values = parseOptions(kind.startsWith('-') ? args : rest, OPTIONS, HELP);
  if (values === null) return 0;
  if (plan === undefined)
    throw fault('usage', `Say which kind: ${Object.keys(KINDS).join(', ')}${kind === '' ? '' : `, not "${kind}"`}.\n\n${HELP}`);
  const { syntax, screens, seed, out } = values;
  if (typeof seed !== 'string' || !/^\d{1,15}$/.test(seed)) throw fault('usage', `--seed takes a whole number.\n\n${HELP}`);
  if (typeof out !== 'string' || out === '') throw fault('usage', `Say where to: --out DIR.\n\n${HELP}`);
  if (screens !== undefined && kind !== 'leg') throw fault('usage', `--screens is for leg examinations.\n\n${HELP}`);
  const wish: Wish = { seed: Number(seed), screens: typeof screens === 'string' ? screensOf(screens) : [] };
  const transferSyntax = typeof syntax === 'string' ? syntaxOf(syntax) : undefined;
  const folder = await emptyFolder(out);
  const study = plan(wish);
  const all = amountOf(study);
  process.stderr.write(`Simulating the ${kind} examination of seed ${seed}: ${all.files} files, ${all.frames} frames.\n`);
  tell({ files: 0, frames: 0 }, all);
  await writeStudy(folder, study, { syntax: transferSyntax, onProgress: (done) => tell(done, all) });
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.stdout.write(`${all.files} files and labels.json are in ${folder}\n`);
  return 0;
}
