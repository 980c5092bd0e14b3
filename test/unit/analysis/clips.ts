// Headers and clips for tests of analysis: only what a test names differs from an unlabelled still.
import type { Clip } from '../../../src/analysis/clip.ts';
import { labelsOf } from '../../../src/analysis/labels.ts';
import type { InstanceHeader } from '../../../src/contracts/instance.ts';

export const header = (changes: Partial<InstanceHeader> = {}): InstanceHeader => ({
  sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1',
  sopInstanceUid: '2.25.1',
  studyInstanceUid: '2.25.2',
  seriesInstanceUid: '2.25.3',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  accessionNumber: 'A1',
  modality: 'US',
  bodyPartExamined: '',
  studyDescription: '',
  seriesDescription: '',
  protocolName: '',
  imageComments: '',
  viewName: '',
  laterality: '',
  anatomicRegion: [],
  viewCode: [],
  imageType: [],
  instanceNumber: null,
  numberOfFrames: 1,
  rows: 600,
  columns: 800,
  manufacturer: '',
  manufacturerModelName: '',
  ...changes,
});

/** A clip with one view that offers the 0-based `frames`, best first. */
export const clip = (changes: Partial<InstanceHeader>, frames: readonly number[] = [0], lossy = false): Clip => {
  const about = header(changes);
  return {
    input: { header: about, path: '/nowhere', byteLength: 0, sha256: '0'.repeat(64) },
    frameCount: Math.max(1, ...frames.map((frame) => frame + 1)),
    lossy,
    labels: labelsOf(about),
    notes: [],
    views: [{ rectangle: { x0: 0, y0: 0, x1: 99, y1: 79 }, spacingMm: null, ranking: { frames, distinct: frames.length } }],
  };
};
