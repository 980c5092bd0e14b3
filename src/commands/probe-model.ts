// Whether a model can be run and reported: its folder, its digests, its output templates, the abbreviations of the site. In: folders and id. Out: nothing, or the named fault.
import { annotationsFileOf, readVocabulary } from '../analysis/annotation-file.ts';
import { loadCatalogue } from '../analysis/catalogue.ts';
import { checkTemplates } from '../report/check-templates.ts';

/** Rejects with the fault that names what is wrong with the model. */
export async function probeModel(modelsFolder: string, id: string, templatesFolder: string | null): Promise<void> {
  await readVocabulary(annotationsFileOf(templatesFolder));
  for (const { manifest } of (await loadCatalogue(modelsFolder, [id])).values()) await checkTemplates(manifest, templatesFolder);
}
