// sonorelay phantom: a simulated examination as DICOM files with its labels beside. In: a kind and a seed. Out: a folder.
import path from 'node:path';
import { fault } from '../kernel/errors.ts';
import { bothLandmarks } from '../phantom/dvt-study.ts';
import { type SpecialScreen, specialScreens } from '../phantom/leg-screens.ts';
import {
  type PhantomSyntax,
  phantomSyntaxes,
  writeDvtStudy,
  writeEchoStudy,
  writeLegExamination,
  writeLungStudy,
} from '../phantom/write.ts';
import { parseOptions } from './arguments.ts';

const SYNTAXES = Object.keys(phantomSyntaxes);

const HELP = `Usage: sonorelay phantom leg|compression|lung|echo --out DIR [--seed N] [--syntax NAME] [--screens LIST]

Writes a simulated examination: DICOM files, and labels.json that says what was put into them. The same seed gives the same files. The patient is invented and
says so.

  leg          leg veins: stills and a cine of the vein sections, and compression cines of the junction and the great saphenous vein of each leg
  compression  the compression cines alone
  lung         14 areas, a cine each
  echo         five views of a heart, a cine each

  --syntax     transfer syntax of all files: ${SYNTAXES.join(', ')}; several in turn when left out
  --screens    leg only: more stills, by their screens, parted by commas: ${specialScreens.join(', ')}.
               Two or four pictures on one screen, colour flow, a picture whose header does not say where it lies`;

type Wish = { readonly seed: number; readonly screens: readonly SpecialScreen[]; readonly syntax: PhantomSyntax | undefined };

type Write = (folder: string, wish: Wish) => Promise<{ readonly files: readonly string[] }>;

const KINDS: Readonly<Record<string, Write>> = {
  leg: (folder, { seed, screens, syntax }) =>
    writeLegExamination(folder, { seed, compression: bothLandmarks(seed), screens }, syntax),
  compression: (folder, { seed, syntax }) => writeDvtStudy(folder, { seed }, syntax),
  lung: (folder, { seed, syntax }) => writeLungStudy(folder, { seed }, syntax),
  echo: (folder, { seed, syntax }) => writeEchoStudy(folder, { seed }, syntax),
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

export async function phantom(args: readonly string[]): Promise<number> {
  const [kind = '', ...rest] = args;
  const write = KINDS[kind];
  const values = parseOptions(
    write === undefined ? args : rest,
    { out: { type: 'string' }, seed: { type: 'string', default: '7' }, syntax: { type: 'string' }, screens: { type: 'string' } },
    HELP,
  );
  if (values === null) return 0;
  if (write === undefined) throw fault('usage', `Say which kind: ${Object.keys(KINDS).join(', ')}.\n\n${HELP}`);
  const seed = Number(values['seed']);
  if (!Number.isInteger(seed) || seed < 0) throw fault('usage', `--seed takes a whole number.\n\n${HELP}`);
  if (typeof values['out'] !== 'string') throw fault('usage', `Say where to: --out DIR.\n\n${HELP}`);
  const { syntax, screens } = values;
  if (screens !== undefined && kind !== 'leg') throw fault('usage', `--screens is for leg examinations.\n\n${HELP}`);
  const folder = path.resolve(values['out']);
  const { files } = await write(folder, {
    seed,
    screens: typeof screens === 'string' ? screensOf(screens) : [],
    syntax: typeof syntax === 'string' ? syntaxOf(syntax) : undefined,
  });
  process.stdout.write(`${files.length} files and labels.json are in ${folder}\n`);
  return 0;
}
