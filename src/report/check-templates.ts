// Whether the outputs of a model could be written. In: a model and the site's folder of templates. Out: nothing, or the fault that says what is wrong.
import type { ModelFamily } from '../contracts/model.ts';
import { speaks } from './statements.ts';
import { openTemplate } from './templates.ts';

/** Rejects with Fault 'config-invalid' when a template is missing or wrong; a family without reports of its own needs none. */
export async function checkTemplates(
  model: { readonly id: string; readonly family: ModelFamily },
  folder: string | null,
): Promise<void> {
  if (speaks(model.family)) await openTemplate(model, folder);
}
