// The templates of a model, read from its files. In: `sr/`, `hl7/` and `capture/<model>.json`, `hl7/fields.json` and `codes.json`. Out: one
// checked, typed template, or a fault that names every wrong place by file and path.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Code } from '../contracts/model.ts';
import { FINDING, PRIVATE_SCHEME, QUANTITY } from '../dicom/codes.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { fault } from '../kernel/errors.ts';
import {
  type ByGate,
  type CaptureTemplate,
  type CodeTable,
  captureSchema,
  checkTemplate,
  codesSchema,
  fieldsSchema,
  type Hl7Fields,
  type Hl7Template,
  hl7Schema,
  type SrTemplate,
  srSchema,
  type TemplateSchema,
} from './template-schema.ts';

/** All that the outputs of a model take from its templates. */
export type OutputTemplate = {
  readonly procedure: Code;
  readonly targetRegion: Code;
  readonly findingName: string;
  readonly findingShort: string;
  readonly scope: string;
  readonly watermark: ByGate;
  readonly parameters: readonly string[];
  readonly sr: Pick<SrTemplate, 'seriesNumber' | 'seriesDescription' | 'sopClass' | 'keyframeGroups' | 'notReliable'>;
  readonly capture: CaptureTemplate;
  readonly hl7: Hl7Template & { readonly fields: Hl7Fields };
  readonly codes: CodeTable;
};

const OUR_TEMPLATES = path.resolve(import.meta.dirname, '../../templates');

/** The codes of our own scheme, by value: those that a site may swap. */
const OWN_CODES: ReadonlySet<string> = new Set(
  [...Object.values(QUANTITY), ...Object.values(FINDING)].flatMap(({ scheme, value }) =>
    scheme === PRIVATE_SCHEME ? [value] : [],
  ),
);

type Found = { readonly name: string; readonly text: string };

/** The first of the named files that is there. */
async function firstOf(folders: readonly string[], names: readonly string[]): Promise<Found> {
  for (const folder of folders) {
    for (const name of names) {
      try {
        return { name, text: await readFile(path.join(folder, name), 'utf8') };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  }
  throw fault('config-invalid', `There is no template ${names.map((name) => `templates/${name}`).join(' nor ')}.`);
}

function parsed({ name, text }: Found): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault('config-invalid', `templates/${name} is no JSON.`, error);
  }
}

function checked<T>(schema: TemplateSchema<T>, found: Found): T {
  const result = checkTemplate(schema, parsed(found));
  if (result.ok) return result.template;
  throw fault('config-invalid', `templates/${found.name}: ${result.problems.join('; ')}.`);
}

function checkedCodes(found: Found): CodeTable {
  const table = checked(codesSchema, found);
  const unknown = Object.keys(table.codes).filter((value) => !OWN_CODES.has(value));
  if (unknown.length === 0) return table;
  throw fault('config-invalid', `templates/${found.name}: codes: ${unknown.join(', ')}: no code of ${PRIVATE_SCHEME}.`);
}

/**
 * Reads the templates of a model: of each kind `<model id>.json`, else that of its family; the site's `folder` before the project's, file by
 * file. Fault 'config-invalid' when one is missing or wrong.
 */
export async function openTemplate(
  model: { readonly id: string; readonly family: string },
  folder: string | null = null,
): Promise<OutputTemplate> {
  const folders = folder === null ? [OUR_TEMPLATES] : [folder, OUR_TEMPLATES];
  const of = (kind: string): Promise<Found> => firstOf(folders, [`${kind}/${model.id}.json`, `${kind}/${model.family}.json`]);
  const { procedure, targetRegion, findingName, findingShort, scope, watermark, parameters, ...sr } = checked(
    srSchema,
    await of('sr'),
  );
  const hl7 = checked(hl7Schema, await of('hl7'));
  const fields = checked(fieldsSchema, await firstOf(folders, ['hl7/fields.json']));
  return {
    procedure,
    targetRegion,
    findingName,
    findingShort,
    scope,
    watermark,
    parameters,
    sr,
    capture: checked(captureSchema, await of('capture')),
    hl7: { ...hl7, fields },
    codes: checkedCodes(await firstOf(folders, ['codes.json'])),
  };
}

/** The project's own templates of every family that reports, by family. */
export async function shippedTemplates(): Promise<Readonly<Record<string, OutputTemplate>>> {
  const families = ['vascular-sec', 'vascular-dvt', 'lung-score', 'echo-cmr'];
  return Object.fromEntries(
    await Promise.all(families.map(async (family) => [family, await openTemplate({ id: family, family })] as const)),
  );
}

/** What is written for a code: the site's own where it swapped one of ours. */
export const swapped = ({ codes }: OutputTemplate, code: Code): Code =>
  code.scheme === PRIVATE_SCHEME ? (codes.codes[code.value] ?? code) : code;

/** Identification of the coding schemes that the site names, by designator (PS3.3 C.12.1.1.1). */
export const schemesOf = ({ codes }: OutputTemplate): Readonly<Record<string, Dataset>> =>
  Object.fromEntries(
    codes.schemes.map(({ designator, uid, name, version, responsibleOrganization }) => [
      designator,
      {
        CodingSchemeDesignator: designator,
        CodingSchemeUID: uid,
        CodingSchemeName: name,
        CodingSchemeVersion: version,
        CodingSchemeResponsibleOrganization: responsibleOrganization,
      },
    ]),
  );
