// What a site may change about the outputs of a model family. In: the text of `templates/<family>.json`. Out: a checked, typed template.
// Codes, labels, legends, series numbers and a few HL7 habits are the site's; the structure of the objects is not.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Code } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';

/** A text for each reporting gate: `research` when the model or its weights are for research only, else `clinical`. */
export type ByGate = { readonly research: string; readonly clinical: string };

export type OutputTemplate = {
  /** Procedure reported and OBR-4 when the study itself has no procedure code. */
  readonly procedure: Code;
  readonly findingName: string;
  readonly findingShort: string;
  /** What the finding is about and what it is not, so that `absent` is not read as more than it says. On every page and in every text. */
  readonly scope: string;
  /** First words of the impression and the strip over every attention page. */
  readonly watermark: ByGate;
  readonly sr: {
    readonly seriesNumber: number;
    readonly seriesDescription: ByGate;
    /** Comprehensive 3D SR (IHE AI Results) instead of Comprehensive SR. */
    readonly comprehensive3d: boolean;
    /** Key frames per section that get a measurement group of their own. */
    readonly keyframeGroups: number;
  };
  readonly capture: { readonly seriesNumber: number; readonly seriesDescription: ByGate; readonly bodyPartExamined: string };
  readonly hl7: {
    /** OBR-24, HL7 table 0074. */
    readonly diagnosticServiceSection: string;
    /** OBX-2 of coded results: CE is in HL7 table 0125 of 2.5.1, CWE in national profiles. */
    readonly codedType: string;
    /** Whether OBX-8 marks a present finding as abnormal. */
    readonly abnormalFlags: boolean;
    /** `original`: MSH-15 and MSH-16 empty; `enhanced`: AL and NE. */
    readonly acknowledgement: 'original' | 'enhanced';
  };
};

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a template; throws Fault 'config-invalid' that names every wrong place by its path. */
export function readTemplate(json: string, origin: string): OutputTemplate {
  const problems: string[] = [];
  const at = (parent: Json, path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), parent);

  let root: Json = {};
  try {
    const parsed: unknown = JSON.parse(json);
    if (isObject(parsed)) root = parsed;
    else problems.push('not an object');
  } catch (error) {
    throw fault('config-invalid', `${origin} is no JSON.`, error);
  }

  const text = (path: string, longest: number): string => {
    const value = at(root, path);
    if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
    problems.push(`${path}: a text of 1 to ${longest} characters`);
    return '';
  };
  const whole = (path: string, most: number): number => {
    const value = at(root, path);
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
    problems.push(`${path}: a whole number from 0 to ${most}`);
    return 0;
  };
  const flag = (path: string): boolean => {
    const value = at(root, path);
    if (typeof value !== 'boolean') problems.push(`${path}: true or false`);
    return value === true;
  };
  const oneOf = <T extends string>(path: string, allowed: readonly [T, ...T[]]): T => {
    const found = allowed.find((one) => one === at(root, path));
    if (found === undefined) problems.push(`${path}: one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  };
  // LO and SH bound the lengths (PS3.5 6.2).
  const byGate = (path: string): ByGate => ({ research: text(`${path}.research`, 64), clinical: text(`${path}.clinical`, 64) });

  const template: OutputTemplate = {
    procedure: {
      value: text('procedure.value', 16),
      scheme: text('procedure.scheme', 16),
      meaning: text('procedure.meaning', 64),
    },
    findingName: text('findingName', 40),
    findingShort: text('findingShort', 8),
    scope: text('scope', 140),
    watermark: byGate('watermark'),
    sr: {
      seriesNumber: whole('sr.seriesNumber', 999_999),
      seriesDescription: byGate('sr.seriesDescription'),
      comprehensive3d: flag('sr.comprehensive3d'),
      keyframeGroups: whole('sr.keyframeGroups', 17),
    },
    capture: {
      seriesNumber: whole('capture.seriesNumber', 999_999),
      seriesDescription: byGate('capture.seriesDescription'),
      bodyPartExamined: text('capture.bodyPartExamined', 16),
    },
    hl7: {
      diagnosticServiceSection: text('hl7.diagnosticServiceSection', 10),
      codedType: oneOf('hl7.codedType', ['CE', 'CWE']),
      abnormalFlags: flag('hl7.abnormalFlags'),
      acknowledgement: oneOf('hl7.acknowledgement', ['original', 'enhanced']),
    },
  };
  if (problems.length > 0) throw fault('config-invalid', `${origin}: ${problems.join('; ')}.`);
  return template;
}

const OUR_TEMPLATES = path.resolve(import.meta.dirname, '../../templates');

/** Reads the template of a model: `<model id>.json` where a site wrote one, else that of its family. Fault 'config-invalid' when it is missing or wrong. */
export async function openTemplate(
  model: { readonly id: string; readonly family: string },
  folder = OUR_TEMPLATES,
): Promise<OutputTemplate> {
  const names = (await readdir(folder)).filter((name) => name === `${model.id}.json` || name === `${model.family}.json`);
  const name = names.find((one) => one === `${model.id}.json`) ?? names[0];
  if (name === undefined)
    throw fault('config-invalid', `There is neither templates/${model.id}.json nor templates/${model.family}.json.`);
  return readTemplate(await readFile(path.join(folder, name), 'utf8'), name);
}
