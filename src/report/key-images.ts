// The frames that mattered, marked for the viewer: a Key Object Selection titled "Of Interest". In: statements and their result. Out: the data set, or null
// when no statement rests on a frame. Pure.
import type { ResultFacts } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { keyObjectSelection, type SelectedObject, type SelectionParts } from './key-object-selection.ts';
import { outputSeriesUid, outputUid } from './provenance.ts';
import { imageReferences, type Statement } from './statement.ts';

export type KeyImageParts = Pick<SelectionParts, 'source' | 'installation' | 'offsetMinutes'> & {
  readonly result: ResultFacts;
  readonly statements: readonly Statement[];
  /** The sentence that stands on every output of the model. */
  readonly notice: string;
};

/** Behind the series of reports and captures. */
const SERIES_NUMBER = 9097;
const OF_INTEREST: Code = { value: '113000', scheme: 'DCM', meaning: 'Of Interest' };

/** The frames of the statements and of their key frames, one reference an image. */
export function keyImages(parts: KeyImageParts): Dataset | null {
  const { result, statements, notice } = parts;
  const frames = statements.flatMap(({ region, keyFrames }) => [
    ...(region === null ? [] : [region]),
    ...keyFrames.map(({ frame }) => frame),
  ]);
  const seriesOf = new Map(result.inputs.map(({ sopInstanceUid, seriesInstanceUid }) => [sopInstanceUid, seriesInstanceUid]));
  const objects = imageReferences(frames).map(
    (image): SelectedObject => ({ ...image, isImage: true, seriesInstanceUid: seriesOf.get(image.sopInstanceUid) ?? '' }),
  );
  if (objects.length === 0) return null;
  return keyObjectSelection({
    studyInstanceUid: result.studyInstanceUid,
    title: OF_INTEREST,
    description: `${notice} Frames that the model "${result.run.modelName}" rests its statements on.`,
    objects,
    source: parts.source,
    installation: parts.installation,
    selectedAt: result.run.finishedAt,
    offsetMinutes: parts.offsetMinutes,
    sopInstanceUid: outputUid(result, 'key-images'),
    series: { uid: outputSeriesUid(result, 'key-images'), number: SERIES_NUMBER, description: 'AI key images' },
  });
}
