// Text on a picture as metadata. In: a frame, and a function that recognises the characters of a crop. Out: meanings (side, vein, view, area), never text: what
// is recognised may hold the patient's name and goes no further than this file.
import { createHash } from 'node:crypto';
import type { ReadLine, ReadText } from '../contracts/analyser.ts';
import type { ModelFamily } from '../contracts/model.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { cropOf, repeated } from './annotation-crop.ts';
import { haveLetterShape, lastWord, lettersOf, type Place, textPlaces } from './annotation-lines.ts';
import { AREA_NAMES, AREA_NUMBERS, mayBeOneOf, nameRead, SHORT_ALPHABET, TIMES, VIEW_NAMES } from './annotation-short.ts';
import { isKnownThroughout, lacksNumber, nameWords, writtenMeanings } from './annotation-words.ts';
import { meaningsOfWords, type Vocabulary } from './label-words.ts';
import type { LabelName } from './labels.ts';
import type { Meaning } from './labels-meaning.ts';
import type { GreyPicture } from './picture.ts';

/** Reads the pictures of one study. */
export type AnnotationReader = {
  /** The labels that the family of the job asks for: they decide which short names are looked for. */
  readonly wanted: readonly LabelName[];
  readonly vocabulary: Vocabulary;
  /** What the picture says. `names` are what the header calls people and places; none of their words is read as a label. */
  readonly read: (frame: GreyOrRgb, names: readonly string[]) => Promise<readonly Meaning[]>;
};

/** What each family asks for. */
export const WANTED: Readonly<Record<ModelFamily, readonly LabelName[]>> = {
  'vascular-sec': ['side', 'vein'],
  'vascular-dvt': ['side', 'landmark', 'compression'],
  'lung-score': ['lungArea'],
  'echo-view': ['echoView'],
  'echo-cmr': ['echoView'],
};

/** Lines that are read of one picture, so that a picture of noise costs no more than a screen full of text. */
const MOST_LINES = 28;
/** Letters of the longest short name. */
const LONGEST_NAME = 4;
const LEAST_CONFIDENCE = 40;
const LEAST_FOR_KNOWN = 20;

/**
 * A reader for the pictures of one study and one patient. `read` rejects with what `readText` rejects with; the lines that were read by then need not be read
 * again.
 */
export function annotationReader(
  readText: ReadText,
  wish: { readonly wanted: readonly LabelName[]; readonly vocabulary: Vocabulary },
): AnnotationReader {
  const { vocabulary, wanted } = wish;
  const shortNames = [...(wanted.includes('lungArea') ? AREA_NAMES : []), ...(wanted.includes('echoView') ? VIEW_NAMES : [])];
  /** By hash of the crop: the banner of a screen is the same in every image of a study, and read once. */
  const known = new Map<string, readonly Meaning[]>();

  const textOf = async (crop: GreyPicture, alphabet?: string): Promise<ReadLine> => {
    const lines = await readText(crop, alphabet);
    const confidence = Math.min(...lines.map((line) => line.confidence), 100);
    return { text: lines.map((line) => line.text).join(' '), confidence };
  };
  /** Reads letter by letter. */
  const nameOf = async (letters: readonly Place[], names: readonly string[]): Promise<string | null> => {
    const read: string[] = [];
    for (const letter of letters) read.push((await textOf(repeated(cropOf(letter), TIMES), SHORT_ALPHABET)).text);
    return nameRead(read, names);
  };
  /** A second look at a line that says nothing: whether it is a short name, or a word with the number of an area. */
  const shortName = async (place: Place, text: string): Promise<readonly string[]> => {
    const letters = lettersOf(place.line);
    const numbered = lacksNumber(text);
    const names = numbered ? AREA_NUMBERS : shortNames;
    const looked = numbered ? lastWord(letters) : letters;
    if (looked.length > LONGEST_NAME || !haveLetterShape(looked)) return [];
    if (!numbered && !mayBeOneOf(names, text, letters.length)) return [];
    const name = await nameOf(
      looked.map((letter) => ({ ...place, line: letter })),
      names,
    );
    if (name === null) return [];
    return numbered ? ['AREA', name] : [name];
  };

  const lineMeanings = async (place: Place, crop: GreyPicture, names: ReadonlySet<string>): Promise<readonly Meaning[]> => {
    const { text, confidence } = await textOf(crop);
    const least = isKnownThroughout(text, vocabulary) ? LEAST_FOR_KNOWN : LEAST_CONFIDENCE;
    const meanings = confidence < least ? [] : writtenMeanings(text, vocabulary, names);
    if (shortNames.length === 0 || meanings.length > 0) return meanings;
    return meaningsOfWords(await shortName(place, text), vocabulary);
  };

  const read = async (frame: GreyOrRgb, people: readonly string[]): Promise<readonly Meaning[]> => {
    const names = nameWords(people);
    const meanings: Meaning[] = [];
    for (const place of textPlaces(frame, MOST_LINES)) {
      const crop = cropOf(place);
      const key = createHash('sha1').update(`${crop.columns} `).update(crop.data).digest('base64');
      const found = known.get(key) ?? (await lineMeanings(place, crop, names));
      known.set(key, found);
      meanings.push(...found);
    }
    return meanings;
  };
  return { wanted, vocabulary, read };
}
