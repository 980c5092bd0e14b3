// Attention cines beside the pages: a cine of a lung and a beat of a view of the heart with the model's maps, a compression of a vein with its course, played
// at the speed of the source. In: a result. Out: which cines it has, and a data set without pixels for each. Pure.
import type {
  AnalysisResult,
  CompressionCourse,
  EchoViewResult,
  KeptCine,
  LandmarkResult,
  LungCineResult,
} from '../contracts/finding.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { type CaptureFacts, captureAttributes } from './capture.ts';
import { CINE } from './capture-cine-layout.ts';
import { outputUid } from './provenance.ts';
import type { Statement } from './statement.ts';
import { echoViewKey, landmarkKey, lungCineKeys } from './statement-keys.ts';
import { isTold, noticeText } from './words.ts';

/** One cine to be played, with the key of the statement that it illustrates. */
export type CinePlay = { readonly key: string; readonly kept: KeptCine } & (
  | { readonly kind: 'lung'; readonly cine: LungCineResult }
  | { readonly kind: 'dvt'; readonly landmark: LandmarkResult; readonly course: CompressionCourse }
  | { readonly kind: 'echo'; readonly view: EchoViewResult }
);

/** Cines of one result: an examination of the lungs has 14 areas, some of them scanned twice. */
const MOST_CINES = 24;
/** Instance numbers of one revision: those of the pages first, also where they are single images. */
const REVISIONS_APART = 100;
const FIRST_NUMBER = 51;

const lungPlays = ({ cines }: Extract<AnalysisResult, { readonly family: 'lung-score' }>): readonly CinePlay[] => {
  const keys = lungCineKeys(cines);
  return cines.flatMap((cine, index) =>
    cine.kept === undefined ? [] : [{ key: keys[index] ?? '', kept: cine.kept, kind: 'lung' as const, cine }],
  );
};

// Without the state of the lumen, which a site may not want to be told, there is nothing to be played.
const landmarkPlays = ({ landmarks, run }: Extract<AnalysisResult, { readonly family: 'vascular-dvt' }>): readonly CinePlay[] =>
  (isTold(run, 'open') ? landmarks : []).flatMap((landmark) => {
    const { kept, courses } = landmark;
    const course = courses.find(({ cine }) => cine.sopInstanceUid === kept?.sopInstanceUid);
    if (kept === undefined || course === undefined) return [];
    return [{ key: landmarkKey(landmark), kept, kind: 'dvt' as const, landmark, course }];
  });

function playsOf(result: AnalysisResult): readonly CinePlay[] {
  switch (result.family) {
    case 'lung-score':
      return lungPlays(result);
    case 'vascular-dvt':
      return landmarkPlays(result);
    case 'echo-cmr':
      return result.views.flatMap((view) =>
        view.kept === undefined ? [] : [{ key: echoViewKey(view.view), kept: view.kept, kind: 'echo' as const, view }],
      );
    default:
      return [];
  }
}

/** The cines of a result that were kept for it, at most 24. */
export const cinesOf = (result: AnalysisResult): readonly CinePlay[] => playsOf(result).slice(0, MOST_CINES);

/** File name of a cine (from 1) beside `capture.dcm`. */
export const cineName = (number: number): string => `capture-cine-${String(number).padStart(2, '0')}.dcm`;

/** SOP Instance UID of the cine of a statement. */
export const cineUid = (result: AnalysisResult, key: string): string => outputUid(result, 'capture', `cine ${key}`);

/** Frame Time and Cine Rate (PS3.3 C.7.6.5) from the time between frames; the rate is a whole number of at least 1. */
const timing = (frameTimeMs: number): Dataset => {
  const rate = String(Math.max(1, Math.round(1000 / frameTimeMs)));
  return {
    FrameIncrementPointer: '00181063',
    FrameTime: Number(frameTimeMs.toFixed(3)),
    CineRate: rate,
    RecommendedDisplayFrameRate: rate,
  };
};

/** The data set of a cine, the `number`-th of its result: as many frames as were kept, CINE.width x CINE.height. */
export function cineCapture(
  parts: CaptureFacts & { readonly statement: Pick<Statement, 'sentence'> | undefined },
  play: CinePlay,
  number: number,
): Dataset {
  const { result, template, statement } = parts;
  const { kept } = play;
  const frames = [...new Set(kept.frameNumbers)].sort((one, other) => one - other);
  const { sopClassUid, sopInstanceUid, seriesInstanceUid } = kept;
  return captureAttributes(parts, {
    sopInstanceUid: cineUid(result, play.key),
    instanceNumber: result.revision * REVISIONS_APART + FIRST_NUMBER - 1 + number,
    sources: [{ sopClassUid, sopInstanceUid, seriesInstanceUid, frames: kept.numberOfFrames > 1 ? frames : [] }],
    comment: [noticeText(result.run, template), ...(statement === undefined ? [] : [statement.sentence])].join('\r\n'),
    size: CINE,
    frames: { NumberOfFrames: String(kept.frameNumbers.length), ...timing(kept.frameTimeMs) },
  });
}
