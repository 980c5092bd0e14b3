// The configuration reference from the schema itself. In: the schema. Out: JSON schema text and a Markdown page; a test compares both with the files.
import { z } from 'zod';
import { configSchema } from './schema.ts';

type JsonSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
};

/** config/schema.json: what an editor needs to complete and check a configuration file. */
export const configJsonSchema = (): string => `${JSON.stringify(z.toJSONSchema(configSchema, { io: 'input' }), null, 2)}\n`;

/** docs/configuration.md: a row an option. */
export function configReference(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
  const rows = rowsOf(schema, '');
  return [
    '# Configuration',
    '',
    'Generated from `src/config/schema.ts` by `node scripts/write-reference.ts`; a test holds the two together. `sonorelay check` names every problem by the path in the first column.',
    '',
    '| Option | Kind | Default | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function rowsOf(schema: JsonSchema, path: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = path === '' ? key : `${path}.${key}`;
    return [
      ...rowOf(inner, here),
      ...branches(inner).flatMap((branch) => rowsOf(branch, here)),
      ...branches(inner.items).flatMap((branch) => rowsOf(branch, `${here}[]`)),
    ];
  });
}

function branches(schema: JsonSchema | undefined): readonly JsonSchema[] {
  if (schema === undefined) return [];
  const choices = schema.oneOf ?? schema.anyOf;
  return choices === undefined ? [schema] : choices.flatMap(branches);
}

function rowOf(schema: JsonSchema, path: string): readonly string[] {
  const isGroup = schema.type === 'object' && schema.description === undefined;
  if (isGroup) return [];
  return [`| \`${path}\` | ${kindOf(schema)} | ${defaultOf(schema)} | ${schema.description ?? ''} |`];
}

function kindOf(schema: JsonSchema): string {
  const kinds = branches(schema).map((branch) => {
    if (branch.const !== undefined) return `\`${String(branch.const)}\``;
    if (branch.enum !== undefined) return branch.enum.map((value) => `\`${String(value)}\``).join(' ');
    if (branch.minimum !== undefined && branch.maximum !== undefined)
      return `${branch.type} ${branch.minimum} to ${branch.maximum}`;
    return branch.type ?? 'any';
  });
  return [...new Set(kinds)].join(' or ');
}

const defaultOf = (schema: JsonSchema): string =>
  schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('|', '\\|')}\``;
