// A result as the analysis leaves it, with its pictures and maps, for tests of the report stage. Everything follows from a seed; nothing is real.
import sharp from 'sharp';
import type { KeyframeResult, OutputFacts, ResultOf, SectionResult, Side, Vein } from '../../src/contracts/finding.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import type { Installation } from '../../src/report/provenance.ts';

export const STUDY_UID = '2.25.310000000000000000000000000000000001';
export const CINE_CLASS = '1.2.840.10008.5.1.4.1.1.3.1';
export const STILL_CLASS = '1.2.840.10008.5.1.4.1.1.6.1';
const SERIES_UID = '2.25.320000000000000000000000000000000001';

export const INSTALLATION: Installation = {
  deviceUid: '2.25.330000000000000000000000000000000001',
  manufacturer: 'Sonorelay project',
  modelName: 'Sonorelay',
  institutionName: '',
  serialNumber: 'TEST-1',
  softwareVersion: '0.1.0',
  stationName: 'SONORELAY-1',
  aeTitle: 'SONORELAY',
};

/** Header of a source instance as `attributesOf` gives it. */
export const SOURCE_HEADER: Dataset = {
  SOPClassUID: CINE_CLASS,
  SOPInstanceUID: '2.25.340000000000000000000000000000000001',
  StudyInstanceUID: STUDY_UID,
  SeriesInstanceUID: SERIES_UID,
  StudyDate: '20261120',
  StudyTime: '093012',
  StudyID: '7',
  StudyDescription: 'US lower limb veins',
  AccessionNumber: 'ACC-4711',
  ReferringPhysicianName: 'House^Gregory^^Dr.',
  PatientName: 'Gr\u00f6\u00dfe^J\u00fcrgen',
  PatientID: 'PHANTOM-7',
  IssuerOfPatientID: 'HOSP',
  PatientBirthDate: '19700101',
  PatientSex: 'M',
  Modality: 'US',
};

const instanceUid = (number: number): string => `2.25.34000000000000000000000000000000${String(number).padStart(4, '0')}`;

const keyframe = (instance: number, frameNumber: number, rest: Partial<KeyframeResult>): KeyframeResult => ({
  sopClassUid: CINE_CLASS,
  sopInstanceUid: instanceUid(instance),
  seriesInstanceUid: SERIES_UID,
  frameNumber,
  numberOfFrames: 60,
  region: { x0: 84, y0: 31, x1: 661, y1: 448 },
  spacingMm: { x: 0.083, y: 0.083 },
  attention: 0.1,
  longitudinal: 0.9,
  compression: 0.05,
  picturePath: `results/1/${instance}-${frameNumber}.png`,
  mapPath: `results/1/${instance}-${frameNumber}.json`,
  ...rest,
});

/** A section whose keyframes carry the given weights; every third is transverse, every fourth with compression. */
export const section = (
  side: Side,
  vein: Vein,
  rest: { readonly weights: readonly number[]; readonly first: number } & Partial<SectionResult>,
): SectionResult => {
  const { weights, first, ...facts } = rest;
  return {
    side,
    sideSource: side === 'unknown' ? 'none' : 'coded',
    vein,
    veinSource: vein === 'unknown' ? 'none' : 'description',
    secProbability: 0.712,
    sec: 'present',
    popliteal: vein === 'POP' ? 0.97 : 0.04,
    notes: [],
    keyframes: weights.map((attention, index) =>
      keyframe(first + (index % 2), 12 + 7 * index, {
        attention,
        longitudinal: index % 3 === 2 ? 0.04 : 0.97,
        compression: index % 4 === 3 ? 0.91 : 0.03,
      }),
    ),
    ...facts,
  };
};

const SEC_OUTPUT: OutputFacts = {
  id: 'sec',
  concept: { value: 'SEC001', scheme: '99SONORELAY', meaning: 'Spontaneous echo contrast' },
  threshold: 0.3255,
  thresholdMethod: 'Youden',
  reporting: 'research',
};

/** Left common femoral vein with seven keyframes, right popliteal vein with one still; three inputs skipped. */
export const RESULT: ResultOf<'vascular-sec'> = {
  schema: 2,
  family: 'vascular-sec',
  studyInstanceUid: STUDY_UID,
  revision: 1,
  run: {
    modelId: 'vascular-sec',
    modelFamily: 'vascular-sec',
    modelName: 'VascularSEC reference',
    modelVersion: '0.1.0',
    modelManufacturer: 'Sonorelay project',
    modelDigest: '5d2c0f3ab1f14a4f9c7f0b5bb8e2d6f1a9c0e4d2b3f5768190a1b2c3d4e5f607',
    referenceWeights: true,
    notice: 'Reference weights, trained on simulated images. Research use only. Not for diagnosis.',
    statement: SEC_OUTPUT,
    outputs: [SEC_OUTPUT],
    provider: 'cpu',
    startedAt: Date.UTC(2026, 10, 22, 10, 15, 0),
    finishedAt: Date.UTC(2026, 10, 22, 10, 15, 30),
    decodeMs: 210,
    preprocessMs: 90,
    inferMs: 1200,
  },
  inputs: [1, 2, 3, 4, 5, 6].map((number) => ({
    sopClassUid: number === 3 ? STILL_CLASS : CINE_CLASS,
    sopInstanceUid: instanceUid(number),
    seriesInstanceUid: SERIES_UID,
    sha256: String(number).repeat(64),
    lossy: number === 2,
  })),
  sections: [
    section('left', 'CFV', {
      first: 1,
      weights: [0.05, 0.31, 0.04, 0.02, 0.46, 0.09, 0.03],
      notes: ['One input is lossy compressed (JPEG); small echoes may be altered.'],
    }),
    section('right', 'POP', {
      first: 3,
      weights: [1],
      secProbability: 0.112,
      sec: 'absent',
      keyframes: [
        keyframe(3, 1, {
          sopClassUid: STILL_CLASS,
          numberOfFrames: 1,
          attention: 1,
          longitudinal: 0.2,
          region: { x0: 0, y0: 0, x1: 577, y1: 417 },
        }),
      ],
    }),
  ],
  skipped: [
    {
      sopInstanceUid: instanceUid(4),
      sopClassUid: CINE_CLASS,
      seriesInstanceUid: SERIES_UID,
      reason: 'colour-doppler',
      sentence: 'Colour Doppler is not read by this model.',
    },
    {
      sopInstanceUid: instanceUid(5),
      sopClassUid: CINE_CLASS,
      seriesInstanceUid: SERIES_UID,
      reason: 'colour-doppler',
      sentence: 'Colour Doppler is not read by this model.',
    },
    {
      sopInstanceUid: instanceUid(6),
      sopClassUid: CINE_CLASS,
      seriesInstanceUid: SERIES_UID,
      reason: 'no-ultrasound-region',
      sentence: 'The image names no two-dimensional tissue region.',
    },
  ],
};

/** The same study when nothing could be analysed. */
export const EMPTY_RESULT: ResultOf<'vascular-sec'> = { ...RESULT, sections: [] };

const hashOf = (text: string): number => [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);

// Taken out of the loop over pixels: in a Jest context every look-up of a global is slow.
const { abs, imul, min, round } = Math;

/** Grey speckle with a dark vessel, 578 x 418, as PNG. */
async function picture(path: string): Promise<Uint8Array> {
  const width = 578;
  const height = 418;
  let state = hashOf(path) | 1;
  const data = new Uint8Array(width * height);
  const tilt = ((state % 100) - 50) / 500;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      state = (imul(state, 1664525) + 1013904223) >>> 0;
      const speckle = (state >>> 24) / 255;
      const depth = 1 - (y / height) * 0.5;
      const vessel = abs(y - 210 - (x - 289) * tilt) < 55 ? 0.16 : 1;
      data[y * width + x] = min(
        255,
        round(40 + 170 * speckle * depth * vessel * (vessel < 1 ? 1 : 0.8)) * (vessel < 1 ? 0.4 : 1),
      );
    }
  }
  return sharp(data, { raw: { width, height, channels: 1 } })
    .blur(1.2)
    .png()
    .toBuffer();
}

function map(path: string): Uint8Array {
  const rows = 7;
  const columns = 10;
  const place = hashOf(path) % columns;
  const values = Array.from({ length: rows * columns }, (_, index) => {
    const row = Math.floor(index / columns);
    const column = index % columns;
    return Number((3 * Math.exp(-((row - 3) ** 2 + (column - place) ** 2) / 3) - 0.4).toFixed(4));
  });
  return Buffer.from(JSON.stringify({ rows, columns, values }));
}

const pictures = new Map<string, Promise<Uint8Array>>();

/** Stands for the spool: pictures and maps made from their own path, each picture once. */
export async function readFixture(path: string): Promise<Uint8Array> {
  if (!path.endsWith('.png')) return map(path);
  const made = pictures.get(path) ?? picture(path);
  pictures.set(path, made);
  return made;
}
