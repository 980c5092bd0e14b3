// Command lines to options. In: arguments and a table of options. Out: values, or the help text, or a usage fault that names what is wrong.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { configFault, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { errorText, fault } from '../kernel/errors.ts';

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Parses `args`; prints `help` and returns null when --help is there. Throws the fault `usage` for anything it does not know. */
export function parseOptions(args: readonly string[], options: ParseArgsOptionsConfig, help: string): Values | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
    });
    if (values['help'] !== true) return values as Values;
  } catch (error) {
    throw fault('usage', `${errorText(error)}\n\n${help}`, error);
  }
  process.stdout.write(`${help}\n`);
  return null;
}

/** A checked configuration and the folder that its relative paths start from. */
export type OpenConfig = { readonly config: Config; readonly baseFolder: string; readonly file: string };

/** The configuration file of this installation, unless the command line names another. */
const DEFAULT_CONFIG_FILE = path.resolve(import.meta.dirname, '../../config/sonorelay.yaml');

/** Reads and checks a configuration file; throws `config-invalid` with every problem by path. */
export async function openConfig(file: string): Promise<OpenConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fault('config-invalid', `\n  ${file}: ${errorText(error)}`, error);
  }
  const loaded = loadConfig(text);
  if (!loaded.ok) throw configFault(loaded.issues);
  return { config: loaded.config, baseFolder: path.dirname(path.resolve(file)), file: path.resolve(file) };
}

/** The value of --config, or the default file. */
export const configFileOf = (values: Values): string =>
  typeof values['config'] === 'string' ? values['config'] : DEFAULT_CONFIG_FILE;
