// Whether a model can be run and reported: its folder, its digests, its output template. In: folder and id. Out: nothing, or the named fault.
import { loadCatalogue } from '../analysis/catalogue.ts';
import { openTemplate } from '../report/templates.ts';

/** Rejects with the fault that names what is wrong with the model. */
export async function probeModel(modelsFolder: string, id: string): Promise<void> {
  for (const { manifest } of (await loadCatalogue(modelsFolder, [id])).values()) await openTemplate(manifest);
}
