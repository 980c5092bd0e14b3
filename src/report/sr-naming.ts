// A report for a destination that does not have the images that it names, but others in their place, or none. In: the data set of a report, and what
// stands for what. Out: the same report naming what the destination has, and its correction where it was sent already. Pure.
import { type Dataset, items, text } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { type ContentItem, contentAttributes, itemsIn, treeOf } from './sr-tree.ts';

type Reference = { readonly sopClassUid: string; readonly sopInstanceUid: string };

/** What stands for an instance, by its UID: one image for each of its frames, in order; an empty list where nothing does. */
export type Instead = ReadonlyMap<string, readonly Reference[]>;

/** `pages`: single images stand for the pages. `bare`: nothing does. */
export type Naming = 'pages' | 'bare';

/** The file name of a report that corrects one which was sent. */
export const nameCorrected = (name: string): string => name.replace(/\.dcm$/u, '-corrected.dcm');

/** The file name of a report that names other images. */
export const nameNaming = (name: string, naming: Naming): string => name.replace(/\.dcm$/u, `-${naming}.dcm`);

function namedIn(item: ContentItem, instead: Instead): readonly ContentItem[] {
  const { value } = item;
  const others = value.type === 'IMAGE' ? instead.get(value.sopInstanceUid) : undefined;
  if (value.type !== 'IMAGE' || others === undefined)
    return [{ ...item, children: item.children.flatMap((child) => namedIn(child, instead)) }];
  const wanted = value.frames.length === 0 ? others : value.frames.flatMap((frame) => others[frame - 1] ?? []);
  return wanted.map((other) => ({ ...item, value: { ...value, ...other, frames: [] } }));
}

/** Current Requested Procedure Evidence names every instance of the tree, and no other (PS3.3 C.17.2.3). */
function evidenceOf(attributes: Dataset, instead: Instead): readonly Dataset[] {
  const instance = (item: Dataset): readonly Dataset[] =>
    instead.get(text(item, 'ReferencedSOPInstanceUID'))?.map(({ sopClassUid, sopInstanceUid }) => ({
      ReferencedSOPClassUID: sopClassUid,
      ReferencedSOPInstanceUID: sopInstanceUid,
    })) ?? [item];
  return items(attributes, 'CurrentRequestedProcedureEvidenceSequence').map((study) => ({
    ...study,
    ReferencedSeriesSequence: items(study, 'ReferencedSeriesSequence').flatMap((series) => {
      const instances = items(series, 'ReferencedSOPSequence').flatMap(instance);
      return instances.length === 0 ? [] : [{ ...series, ReferencedSOPSequence: instances }];
    }),
  }));
}

/** The report under a UID of its own that follows from its own and from what it names; null when it names none of the instances. */
export function naming(attributes: Dataset, instead: Instead): Dataset | null {
  const tree = treeOf(attributes);
  const isNamed = ({ value }: ContentItem): boolean => value.type === 'IMAGE' && instead.has(value.sopInstanceUid);
  if (tree === null || !itemsIn(tree).some(isNamed)) return null;
  const [root = tree] = namedIn(tree, instead);
  const uids = [...instead.values()].flatMap((others) => others.map(({ sopInstanceUid }) => sopInstanceUid));
  return {
    ...attributes,
    SOPInstanceUID: uidFrom(text(attributes, 'SOPInstanceUID'), 'naming', ...uids),
    CurrentRequestedProcedureEvidenceSequence: evidenceOf(attributes, instead),
    ...contentAttributes(root),
  };
}

/**
 * The correction of a report that a destination has, when it turns out that it does not take images that this one names: a further document of the series
 * that names what the destination has, with the sent one as its predecessor (PS3.3 C.17.2). null when that names none of the images.
 */
export function corrected(sent: Dataset, instead: Instead): Dataset | null {
  const named = naming(sent, instead);
  if (named === null) return null;
  return {
    ...named,
    SOPInstanceUID: uidFrom(text(named, 'SOPInstanceUID'), 'corrected'),
    PredecessorDocumentsSequence: [
      {
        StudyInstanceUID: text(sent, 'StudyInstanceUID'),
        ReferencedSeriesSequence: [
          {
            SeriesInstanceUID: text(sent, 'SeriesInstanceUID'),
            ReferencedSOPSequence: [
              {
                ReferencedSOPClassUID: text(sent, 'SOPClassUID'),
                ReferencedSOPInstanceUID: text(sent, 'SOPInstanceUID'),
              },
            ],
          },
        ],
      },
    ],
  };
}
