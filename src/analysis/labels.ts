// The labels of an instance, for every model family. In: what its header, its attributes and the text on its picture say. Out: side, vein, landmark, view,
// compression, lung area and echo view with where each came from, and notes where sources disagree. What nothing says stays unknown.
import type { EchoViewOrOther, LabelSource, Landmark, Side, Vein } from '../contracts/finding.ts';
import type { InstanceHeader } from '../contracts/instance.ts';
import { type LungArea, lungAreaOf, numbersAreTrusted } from './labels-lung.ts';
import type { Meaning } from './labels-meaning.ts';
import { type Statement, statementsOf } from './labels-statements.ts';

/** A label with where it came from; null with source `none` when no source says exactly one. Notes name attributes, never quote them. */
export type Label<T> = { readonly value: T | null; readonly source: LabelSource; readonly notes: readonly string[] };

export type Labels = {
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly vein: Vein;
  readonly veinSource: LabelSource;
  /** The surest source names a vessel other than the femoral and popliteal veins. */
  readonly isOtherVessel: boolean;
  /** What the texts or codes say of the view; null when they say nothing or contradict themselves. Only compared with the model's heads. */
  readonly orientation: 'transverse' | 'longitudinal' | null;
  readonly compression: boolean | null;
  readonly compressionSource: LabelSource;
  readonly landmark: Label<Landmark>;
  readonly echoView: Label<EchoViewOrOther>;
  /** As far as one instance tells; `lungAreasOf` looks at the whole study. */
  readonly lungArea: LungArea;
  /** Sentences for people on side and vein; they name attributes, never quote them. `sideNotes` are those on the side alone. */
  readonly notes: readonly string[];
  readonly sideNotes: readonly string[];
  /** The same on orientation and compression. */
  readonly viewNotes: readonly string[];
  readonly statements: readonly Statement[];
};

/** The first source that says exactly one thing decides; later ones that say another are noted. */
function read<T extends string>(
  statements: readonly Statement[],
  what: string,
  pick: (meanings: readonly Meaning[]) => readonly (T | undefined)[],
): Label<T> {
  const notes: string[] = [];
  let decided: { readonly value: T; readonly attribute: string; readonly source: LabelSource } | null = null;
  for (const { attribute, source, meanings } of statements) {
    const values = [...new Set(pick(meanings).filter((value) => value !== undefined))];
    const [value] = values;
    if (value === undefined) continue;
    if (values.length > 1) {
      // A screen may show both sides, or the vein beside its artery: that contradicts nobody.
      if (source === 'text' && decided !== null) continue;
      notes.push(`${attribute} names more than one ${what} (${values.join(', ')}).`);
    } else if (decided === null) {
      decided = { value, attribute, source };
    } else if (decided.value !== value) {
      notes.push(
        `${attribute} says ${what} ${value}, ${decided.attribute} says ${decided.value}; ${decided.attribute} was taken.`,
      );
    }
  }
  return decided === null ? { value: null, source: 'none', notes } : { value: decided.value, source: decided.source, notes };
}

/** Whoever names the junction beside its tributary means the junction. */
function landmarksOf(meanings: readonly Meaning[]): readonly (Landmark | undefined)[] {
  const landmarks = meanings.map(({ landmark }) => landmark);
  return landmarks.includes('SFJ') ? ['SFJ'] : landmarks;
}

const PRESSED: ReadonlyMap<boolean | undefined, 'with' | 'without'> = new Map([
  [true, 'with'],
  [false, 'without'],
]);

/** Labels from statements, surest first. */
export function labelsFrom(statements: readonly Statement[]): Labels {
  const side = read(statements, 'side', (said) => said.map((meaning) => meaning.side));
  const vein = read(statements, 'vein', (said) => said.map((meaning) => meaning.vein));
  const orientation = read(statements, 'view', (said) => said.map((meaning) => meaning.orientation));
  const compression = read(statements, 'compression', (said) => said.map((meaning) => PRESSED.get(meaning.compression)));
  const veinKnown = vein.value !== null && vein.value !== 'other';
  const sided = { side: side.value ?? 'unknown', sideSource: side.source } as const;
  return {
    ...sided,
    vein: vein.value === null || vein.value === 'other' ? 'unknown' : vein.value,
    veinSource: veinKnown ? vein.source : 'none',
    isOtherVessel: vein.value === 'other',
    orientation: orientation.value,
    compression: compression.value === null ? null : compression.value === 'with',
    compressionSource: compression.source,
    landmark: read(statements, 'landmark', landmarksOf),
    echoView: read(statements, 'view', (said) => said.map((meaning) => meaning.echoView)),
    lungArea: lungAreaOf(statements, sided, numbersAreTrusted([statements])),
    notes: [
      ...side.notes,
      ...vein.notes,
      ...(vein.value === 'other' ? ['The description names a vessel other than the femoral and popliteal veins.'] : []),
    ],
    sideNotes: side.notes,
    viewNotes: [...orientation.notes, ...compression.notes],
    statements,
  };
}

/** Labels of one instance by its header alone. Never throws; what is not said is `unknown` with source `none`. */
export const labelsOf = (header: InstanceHeader): Labels => labelsFrom(statementsOf(header));

/** The lung areas of the instances of one study, in their order: names like R3 count only when none of them contradicts the numbering. */
export function lungAreasOf(study: readonly Labels[]): LungArea[] {
  const trusted = numbersAreTrusted(study.map(({ statements }) => statements));
  return study.map(({ side, sideSource, statements }) => lungAreaOf(statements, { side, sideSource }, trusted));
}

const SOURCES: readonly LabelSource[] = ['coded', 'description', 'text', 'model', 'none'];

/** A statement over several images is as sure of its label as the least sure of them. */
export const leastSure = (sources: readonly LabelSource[]): LabelSource =>
  SOURCES[Math.max(...sources.map((source) => SOURCES.indexOf(source)))] ?? 'none';

/** A label that a family asks for. */
export type LabelName = 'side' | 'vein' | 'landmark' | 'compression' | 'lungArea' | 'echoView';

/** What one source says of a label, and how many have to say it alike before the picture need not be asked: a wrong side does the most harm. */
const SURE: Readonly<
  Record<LabelName, { readonly pick: (meanings: readonly Meaning[]) => readonly unknown[]; readonly least: number }>
> = {
  side: { pick: (meanings) => meanings.map(({ side }) => side), least: 2 },
  vein: { pick: (meanings) => meanings.map(({ vein }) => vein), least: 1 },
  landmark: { pick: landmarksOf, least: 1 },
  compression: { pick: (meanings) => meanings.map(({ compression }) => compression), least: 1 },
  // Its number, side and height are told apart in many ways: it is always compared.
  lungArea: { pick: () => [], least: 1 },
  echoView: { pick: (meanings) => meanings.map(({ echoView }) => echoView), least: 1 },
};

/** Whether the header is sure of all that is wanted: its attributes, but for those of the study as a whole, say one thing, and of the side at least two of them. */
export const isSure = ({ statements }: Labels, wanted: readonly LabelName[]): boolean =>
  wanted.every((name) => {
    const { pick, least } = SURE[name];
    const said = statements
      .filter(({ attribute }) => attribute !== 'StudyDescription')
      .map(({ meanings }) => [...new Set(pick(meanings).filter((value) => value !== undefined))])
      .filter(({ length }) => length > 0);
    return said.length >= least && new Set(said.flat()).size === 1;
  });
