// Text of a configuration to a Config. In: YAML text. Out: a frozen Config, or every problem with its path. Pure: touches no file.
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { fault } from '../kernel/errors.ts';
import { type Config, configSchema } from './schema.ts';

/** One problem: where (`destinations[0].port`) and what. */
export type ConfigIssue = { readonly path: string; readonly problem: string };

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/** Parses and checks a configuration text; collects every problem instead of stopping at the first. */
export function loadConfig(text: string): LoadedConfig {
  const document = parseDocument(text, { uniqueKeys: true, maxAliasCount: 20 } as Parameters<typeof parseDocument>[1]);
  if (document.errors.length > 0) {
    return {
      ok: false,
      issues: document.errors.map((error) => ({
        path: 'line '.concat(String(error.linePos?.[0].line ?? '?')),
        problem: firstLine(error.message),
      })),
    };
  }
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) return { ok: false, issues: parsed.error.issues.flatMap(issuesOf) };
  const issues = crossChecks(parsed.data);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, config: deepFreeze(parsed.data) };
}

/** The issues as one fault with a line each. */
export const configFault = (issues: readonly ConfigIssue[]) =>
  fault('config-invalid', `\n${issues.map((issue) => `  ${issue.path}: ${issue.problem}`).join('\n')}`);

const firstLine = (text: string): string => text.split('\n')[0] ?? text;

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '') || '(top level)';

function issuesOf(issue: z.core.$ZodIssue): readonly ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), problem: 'is no option of this name' }));
  }
  return [{ path: pathText(issue.path), problem: issue.message }];
}

/** What one field cannot tell: names that must exist, and must exist once. */
function crossChecks(config: Config): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const once = (list: readonly { readonly name: string }[], path: string): void => {
    list.forEach((entry, index) => {
      if (list.findIndex((other) => other.name === entry.name) !== index)
        issues.push({ path: `${path}[${index}].name`, problem: `"${entry.name}" is used twice` });
    });
  };
  once(config.routes, 'routes');
  once(config.destinations, 'destinations');
  config.routes.forEach((route, index) => {
    route.models.forEach((model, place) => {
      if (!config.models.use.includes(model))
        issues.push({ path: `routes[${index}].models[${place}]`, problem: `"${model}" is not in models.use` });
    });
    route.destinations.forEach((destination, place) => {
      if (!config.destinations.some((known) => known.name === destination)) {
        issues.push({ path: `routes[${index}].destinations[${place}]`, problem: `"${destination}" is no destination` });
      }
    });
  });
  if (config.peers.length === 0 && !config.acceptAnyPeer)
    issues.push({ path: 'peers', problem: 'is empty and acceptAnyPeer is false: nobody could send' });
  if (config.study.longestSeconds < config.study.quietSeconds)
    issues.push({ path: 'study.longestSeconds', problem: 'is less than study.quietSeconds' });
  return issues;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
