// Writes the pages that are generated from code: config/schema.json, docs/configuration.md, docs/errors.md, the tables of the conformance statements. Run it after changing the tables.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configJsonSchema, configReference } from '../src/config/reference.ts';
import { CONFORMANCE_TABLES_HEADING, dicomConformance } from '../src/dicom/conformance.ts';
import { FHIR_TABLES_HEADING, fhirConformance } from '../src/fhir/conformance.ts';
import { errorReference } from '../src/kernel/error-reference.ts';
import { HL7_TABLES_HEADING, hl7Conformance } from '../src/report/hl7-conformance.ts';
import { shippedTemplates } from '../src/report/templates.ts';

const root = path.resolve(import.meta.dirname, '..');
await mkdir(path.join(root, 'docs'), { recursive: true });
await writeFile(path.join(root, 'config/schema.json'), configJsonSchema());
await writeFile(path.join(root, 'docs/configuration.md'), configReference());
await writeFile(path.join(root, 'docs/errors.md'), errorReference());

/** Pages that are written by hand up to their tables. */
async function writeTables(name: string, heading: string, tables: string): Promise<void> {
  const file = path.join(root, name);
  const page = await readFile(file, 'utf8');
  await writeFile(file, page.slice(0, page.indexOf(heading)) + tables);
}
await writeTables('docs/conformance-dicom.md', CONFORMANCE_TABLES_HEADING, dicomConformance());
await writeTables('docs/conformance-fhir.md', FHIR_TABLES_HEADING, fhirConformance());
await writeTables('docs/conformance-hl7.md', HL7_TABLES_HEADING, hl7Conformance(await shippedTemplates()));
