// The labels of an open image. In: its header, its attributes and, when those leave something open, one of its frames. Out: the labels.
import type { InstanceHeader } from '../contracts/instance.ts';
import { type Dataset, texts } from '../dicom/dataset.ts';
import type { AnnotationReader } from './annotation.ts';
import type { Looking, OpenImage } from './image.ts';
import { isSure, type Labels, labelsFrom } from './labels.ts';
import type { Meaning } from './labels-meaning.ts';
import { statementsOf } from './labels-statements.ts';
import { skipOf } from './skips.ts';

/** Who and where: none of these words is read as a label when it stands on the picture. */
const NAMES = [
  'PatientName',
  'PatientID',
  'OtherPatientIDs',
  'OtherPatientNames',
  'PatientBirthName',
  'InstitutionName',
  'InstitutionAddress',
  'InstitutionalDepartmentName',
  'StationName',
  'ReferringPhysicianName',
  'PerformingPhysicianName',
  'OperatorsName',
  'NameOfPhysiciansReadingStudy',
] as const;

const UNREAD_NOTE = 'The text on the picture could not be read.';

const namesIn = (attributes: Dataset): string[] => NAMES.flatMap((keyword) => texts(attributes, keyword));

/** What the middle frame says, or null when it cannot be decoded or its text cannot be read. */
async function writtenOn(
  image: Pick<OpenImage, 'attributes' | 'source'>,
  reader: AnnotationReader,
  watch: Looking['watch'],
): Promise<readonly Meaning[] | null> {
  try {
    const frame = await watch.timeAsync('decode', () => image.source.frame(image.source.frameCount >> 1));
    return await watch.timeAsync('text', () => reader.read(frame, namesIn(image.attributes)));
  } catch (error) {
    // Labels are never worth a job; a frame that cannot be decoded is told when it is wanted as a picture. Trouble of the machine is thrown on.
    skipOf(error);
    return null;
  }
}

/**
 * The labels of an image. Text on the picture is read also where the header says everything: a text that says another thing is a conflict that has to be seen. It
 * is not where the header is sure, since reading costs as much as a third of the network.
 */
export async function labelsOfImage(
  header: InstanceHeader,
  image: Pick<OpenImage, 'attributes' | 'source'>,
  { texts: reader, watch }: Pick<Looking, 'texts' | 'watch'>,
): Promise<Labels> {
  const { attributes } = image;
  const said = { attributes, ...(reader === undefined ? {} : { vocabulary: reader.vocabulary }) };
  const labels = labelsFrom(statementsOf(header, said));
  if (reader === undefined || isSure(labels, reader.wanted)) return labels;
  const written = await writtenOn(image, reader, watch);
  if (written === null) return { ...labels, notes: [...labels.notes, UNREAD_NOTE] };
  return written.length === 0 ? labels : labelsFrom(statementsOf(header, { ...said, written }));
}
