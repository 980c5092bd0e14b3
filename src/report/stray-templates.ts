// Files in a site's folder of templates that nothing reads. In: the folder, ids and families of models. Out: one sentence a file. A name that is misspelt
// would leave our own template in force without a word.
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Files that are read whatever the model. */
const OF_ALL: ReadonlySet<string> = new Set(['codes.json', 'annotations.json', 'hl7/fields.json']);
const KINDS: ReadonlySet<string> = new Set(['sr', 'hl7', 'capture']);

/** Notes of people and of their tools: `README.md`, `.git`. */
const isForPeople = (file: string): boolean => file.endsWith('.md') || file.split('/').some((part) => part.startsWith('.'));

/** One sentence for each file below `folder` that is no template of one of `names`, models and families. Rejects where there is no such folder. */
export async function strayTemplates(folder: string, names: ReadonlySet<string>): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !isForPeople(file) && !OF_ALL.has(file))
    .toSorted()
    .flatMap((file) => {
      const [kind = '', name = '', ...deeper] = file.split('/');
      if (deeper.length > 0 || !KINDS.has(kind) || !name.endsWith('.json')) return [`${file} is no template: nothing reads it.`];
      const of = name.slice(0, -'.json'.length);
      return names.has(of) ? [] : [`${file} fits no model: no model and no family is called "${of}".`];
    });
}
