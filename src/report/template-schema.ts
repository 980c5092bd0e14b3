// What a site may change about the outputs, key by key with its bounds. In: nothing. Out: the zod schemas of the template files and their types.
// Codes, labels, legends, series numbers and HL7 fields are the site's; the structure of the objects is not.
import { z } from 'zod';
import { undrawable } from './stroke-text.ts';

const text = (longest: number) => z.string().min(1, `a text of 1 to ${longest} characters`).max(longest);

/** A text that stands on attention pages: in letters that their lettering has. */
const drawn = <T extends z.ZodType<string>>(of: T) =>
  of.refine((value) => undrawable(value) === '', {
    error: ({ input }) => `no letters on pages for: ${undrawable(String(input))}`,
  });

/** SH, SH and LO bound the lengths (PS3.3 8.8, PS3.5 6.2). */
const code = z.strictObject({ value: text(16), scheme: text(16), meaning: text(64) });

/** A text for each reporting gate: `research` when the model or its weights are for research only, else `clinical`. */
const byGate = z.strictObject({ research: text(64), clinical: text(64) });
const drawnByGate = z.strictObject({ research: drawn(text(64)), clinical: drawn(text(64)) });

const seriesNumber = z.int().min(0).max(999_999);

/** `sr/<model>.json`: the report, and the words that all outputs share. */
export const srSchema = z.strictObject({
  /** Procedure reported and OBR-4 when the study itself has no procedure code. */
  procedure: code,
  /** Target Region of the image library. */
  targetRegion: code,
  findingName: drawn(text(40)),
  findingShort: drawn(text(8)),
  /** What the finding is about and what it is not, so that `absent` is not read as more than it says. On every page and in every text. */
  scope: drawn(text(140)),
  /** First words of the impression and the strip over every attention page. */
  watermark: drawnByGate,
  /** Algorithm Parameters beside those of the run, e.g. the scale of a score. */
  parameters: z.array(text(1024)).max(20),
  seriesNumber,
  seriesDescription: byGate,
  /** Comprehensive SR, Comprehensive 3D SR (IHE AI Results), or Enhanced SR for archives that take no other. */
  sopClass: z.enum(['comprehensive', 'comprehensive-3d', 'enhanced']),
  /** Frames of a statement that get a measurement group of their own. */
  keyframeGroups: z.int().min(0).max(17),
  /** The document of outputs that are known not to be reliable, where the model has such and its manifest lets them out. */
  notReliable: z.strictObject({ seriesNumber, seriesDescription: text(64), remark: text(1024) }).nullable(),
});

/** A text on pages that may be left empty: then it follows from the result, or there is none. */
const written = (longest: number) => drawn(z.string().max(longest, `a text of up to ${longest} characters`));

/** The line under the title, what the colours of the maps mean, and the line under that. The title of a statement is its place, and not the site's to change. */
const pageSchema = z.strictObject({ about: written(110), map: written(100), below: written(100) });
const overviewSchema = pageSchema.extend({ title: written(60) });

/** `capture/<model>.json`: the attention pages. */
export const captureSchema = z.strictObject({
  seriesNumber,
  seriesDescription: byGate,
  bodyPartExamined: text(16),
  /** On the pages of one statement, on the page of all of them, and what the colours of a cine mean. */
  words: z.strictObject({ page: pageSchema, overview: overviewSchema, cine: written(80) }),
});

/** `hl7/<model>.json`: the message. */
export const hl7Schema = z.strictObject({
  /** OBR-24, HL7 table 0074. */
  diagnosticServiceSection: text(10),
  /** OBX-2 of coded results: CE is in HL7 table 0125 of 2.5.1, CWE in national profiles. */
  codedType: z.enum(['CE', 'CWE']),
  /** Whether OBX-8 marks a present finding as abnormal. */
  abnormalFlags: z.boolean(),
  /** `original`: MSH-15 and MSH-16 empty; `enhanced`: AL and NE. */
  acknowledgement: z.enum(['original', 'enhanced']),
  /** Characters of a line (a repetition of OBX-5); longer ones are broken at a blank. */
  longestLine: z.int().min(60).max(32_000),
  /**
   * OBR-25 and OBX-11 of the first result that a receiver gets and of one that corrects it (HL7 tables 0123 and 0085): P and C, P and P again for
   * receivers that take C for the correction of a final result alone, or F and C; `final` holds only where the gate of the model is `clinical`.
   */
  resultStatus: z.enum(['preliminary-corrected', 'preliminary', 'final']).default('preliminary-corrected'),
  /** OBX-15 beside the sentence of a positive finding (ACR actionable category, CID 7035), where the gate of the model is `clinical`; null sends none. */
  actionableCategory: code.nullable().default(null),
});

/** What a field may be filled with. */
export const FIELD_SOURCES = [
  'patientIdentifier',
  'patientId',
  'patientName',
  'patientBirthDate',
  'patientSex',
  'placerNumber',
  'fillerNumber',
  'accessionNumber',
  'requestedProcedureId',
  'studyId',
  'studyInstanceUid',
  'referringPhysician',
  'procedure',
  'studyTime',
  'analysedAt',
  'diagnosticServiceSection',
  'resultStatus',
] as const;
export type FieldSource = (typeof FIELD_SOURCES)[number];

/** A source, or `=` and a text that is sent as it stands, `^` between its components. */
const fieldValue = z
  .string()
  .refine((value): boolean => value.startsWith('=') || FIELD_SOURCES.some((source) => source === value), {
    message: `one of ${FIELD_SOURCES.join(', ')}, or "=" and a text`,
  });

/** `hl7/fields.json`: fields of PID, PV1, ORC and OBR by segment and number; of several sources the first that is not empty counts. */
export const fieldsSchema = z.record(
  z.string().regex(/^(PID|PV1|ORC|OBR)-([1-9]|[1-5]\d)$/, 'a field as in "OBR-18", of PID, PV1, ORC or OBR'),
  z.array(fieldValue).min(1).max(5),
);

/** `codes.json`: what stands for each of our own codes, and the coding schemes that DICOM does not register. */
export const codesSchema = z.strictObject({
  schemes: z
    .array(
      z.strictObject({
        designator: text(16),
        uid: z
          .string()
          .regex(/^[0-2](\.(0|[1-9]\d*))+$/, 'a UID')
          .max(64),
        name: text(64),
        version: text(16),
        responsibleOrganization: text(64),
      }),
    )
    .max(20),
  codes: z.record(text(16), code),
});

export type SrTemplate = z.output<typeof srSchema>;
export type CaptureTemplate = z.output<typeof captureSchema>;
export type Hl7Template = z.output<typeof hl7Schema>;
export type Hl7Fields = z.output<typeof fieldsSchema>;
export type CodeTable = z.output<typeof codesSchema>;
export type ByGate = z.output<typeof byGate>;

export type TemplateSchema<T> = z.ZodType<T>;

/** The template, or every wrong place by its path. */
export function checkTemplate<T>(
  schema: TemplateSchema<T>,
  json: unknown,
): { readonly ok: true; readonly template: T } | { readonly ok: false; readonly problems: readonly string[] } {
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, template: result.data };
  return {
    ok: false,
    problems: result.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(top)'}: ${message}`),
  };
}
