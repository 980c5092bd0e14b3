// The file with the abbreviations of a site. In: its folder of templates. Out: the path of the file that is used, and the vocabulary with what it holds.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorText, fault } from '../kernel/errors.ts';
import type { Vocabulary } from './label-words.ts';
import { vocabularyWith } from './labels-own.ts';

const NAME = 'annotations.json';
const OURS = path.resolve(import.meta.dirname, '..', '..', 'templates', NAME);

/** The file of the site where its folder holds one, else that of the project. */
export function annotationsFileOf(templatesFolder: string | null): string {
  const own = templatesFolder === null ? OURS : path.join(templatesFolder, NAME);
  return existsSync(own) ? own : OURS;
}

/** The project's phrases with those of the file. Fault `config-invalid`, which names what is wrong by its path. */
export async function readVocabulary(file: string): Promise<Vocabulary> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fault('config-invalid', `${NAME}: ${errorText(error)}`, error);
  });
  const parsed = (): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw fault('config-invalid', `${NAME} is no JSON.`, error);
    }
  };
  return vocabularyWith(parsed());
}
