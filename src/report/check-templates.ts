// Whether the outputs of a model could be written. In: a model and the site's folder of templates. Out: nothing, or the fault that says what is wrong.
import type { ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { speaks } from './statements.ts';
import { undrawable } from './stroke-text.ts';
import { openTemplate } from './templates.ts';

/** What a manifest says on attention pages. */
const DRAWN = ['name', 'version', 'notice'] as const;

/**
 * Rejects with Fault 'config-invalid' when a template is missing or wrong, and 'model-invalid' when pages have no letters for what the manifest says on them;
 * a family without reports of its own needs none.
 */
export async function checkTemplates(
  model: Pick<ModelManifest, 'id' | 'family' | (typeof DRAWN)[number]>,
  folder: string | null,
): Promise<void> {
  if (!speaks(model.family)) return;
  const boxes = DRAWN.map((field) => [field, undrawable(model[field])] as const).filter(([, characters]) => characters !== '');
  if (boxes.length > 0) {
    const words = boxes.map(([field, characters]) => `${field}: no letters on pages for: ${characters}`);
    throw fault('model-invalid', `${model.id}: manifest.json: ${words.join('; ')}`);
  }
  await openTemplate(model, folder);
}
