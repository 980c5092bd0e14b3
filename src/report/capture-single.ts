// The attention pages as single images, for a destination that takes no multi-frame secondary captures. In: the data set of the pages. Out: a data set a
// page, in the same series. Pure: made from what was written, so that the same pages give the same images whenever they are needed.
import { type Dataset, number, text, texts } from '../dicom/dataset.ts';
import { SECONDARY_CAPTURE } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';

/** SC Multi-frame Image and SC Multi-frame Vector (PS3.3 C.8.6.3, C.8.6.4), which a single image does not have. */
const OF_SEVERAL = ['NumberOfFrames', 'FrameIncrementPointer', 'FrameLabelVector'] as const;
/** Instance numbers of the images of one revision follow from that of the pages; there are fewer pages than this. */
const PAGES_APART = 100;
const LONGEST_COMMENT = 10_240;

/** File name of a page (from 1) beside `capture.dcm`. */
export const singleName = (page: number): string => `capture-page-${String(page).padStart(2, '0')}.dcm`;

/** One Secondary Capture Image for each page, in their order; all other attributes are those of the pages. */
export function singlePages(capture: Dataset): readonly Dataset[] {
  const pages = number(capture, 'NumberOfFrames') ?? 1;
  const labels = texts(capture, 'FrameLabelVector');
  const comment = text(capture, 'ImageComments');
  const shared = Object.fromEntries(Object.entries(capture).filter(([keyword]) => !OF_SEVERAL.some((one) => one === keyword)));
  return Array.from({ length: pages }, (_, index) => {
    const page = index + 1;
    const title = `Page ${page} of ${pages}${labels[index] === undefined ? '' : `: ${labels[index]}`}`;
    return {
      ...shared,
      SOPClassUID: SECONDARY_CAPTURE,
      SOPInstanceUID: uidFrom(text(capture, 'SOPInstanceUID'), 'page', String(page)),
      InstanceNumber: String((number(capture, 'InstanceNumber') ?? 0) * PAGES_APART + page),
      ImageComments: `${title}\r\n${comment}`.slice(0, LONGEST_COMMENT),
    };
  });
}
