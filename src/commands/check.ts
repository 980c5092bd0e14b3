// sonorelay check: the configuration and all it names. Out: exit code 0, or 78 and every problem by path.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ConfigIssue, loadConfig } from '../config/load.ts';
import { preflight } from '../config/preflight.ts';
import { probePort } from '../edge/probe-port.ts';
import { errorText } from '../kernel/errors.ts';
import { configFileOf, parseOptions } from './arguments.ts';
import { probeModel } from './probe-model.ts';
import { probeTemplates } from './probe-templates.ts';
import { probeUsers } from './probe-users.ts';

const HELP = `Usage: sonorelay check [--config FILE]

Checks the configuration, and that its folders, files, models and ports are there. Prints every problem by path; exit code 78 when there is one.
Run it while the node is stopped: a port that the node itself holds counts as taken.`;

export async function check(args: readonly string[]): Promise<number> {
  const values = parseOptions(args, { config: { type: 'string', short: 'c' } }, HELP);
  if (values === null) return 0;
  const file = path.resolve(configFileOf(values));
  const issues = await issuesOf(file);
  if (issues.length === 0) {
    process.stdout.write(`${file}: sound\n`);
    return 0;
  }
  process.stderr.write(`${file}: ${issues.length} problem${issues.length === 1 ? '' : 's'}\n`);
  for (const issue of issues) process.stderr.write(`  ${issue.path}: ${issue.problem}\n`);
  return 78;
}

async function issuesOf(file: string): Promise<readonly ConfigIssue[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return [{ path: file, problem: errorText(error) }];
  }
  const loaded = loadConfig(text);
  if (!loaded.ok) return loaded.issues;
  return preflight(loaded.config, path.dirname(file), {
    probePort,
    probeModel,
    probeTemplates,
    probeUsers,
  });
}
