// Whether every file in a site's folder of templates is one that is read. In: folders. Out: one sentence a file that is not.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { FAMILIES } from '../analysis/families.ts';
import type { ModelFamily } from '../contracts/model.ts';
import { speaks } from '../report/statements.ts';
import { strayTemplates } from '../report/stray-templates.ts';

/** Models that are installed and not in use count, and families without a model: several nodes may share one folder of templates. */
export async function probeTemplates(modelsFolder: string, templatesFolder: string): Promise<readonly string[]> {
  const installed = (await readdir(modelsFolder)).filter((name) => existsSync(path.join(modelsFolder, name, 'manifest.json')));
  const families = Object.keys(FAMILIES) as readonly ModelFamily[];
  const silent: ReadonlySet<string> = new Set(families.filter((family) => !speaks(family)));
  return strayTemplates(templatesFolder, new Set([...installed, ...families].filter((name) => !silent.has(name))));
}
