// Writes the pages that are generated from code: config/schema.json, docs/configuration.md, docs/errors.md, the tables of docs/conformance-dicom.md. Run it after changing the tables.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configJsonSchema, configReference } from '../src/config/reference.ts';
import { CONFORMANCE_TABLES_HEADING, dicomConformance } from '../src/dicom/conformance.ts';
import { errorReference } from '../src/kernel/error-reference.ts';

const root = path.resolve(import.meta.dirname, '..');
await mkdir(path.join(root, 'docs'), { recursive: true });
await writeFile(path.join(root, 'config/schema.json'), configJsonSchema());
await writeFile(path.join(root, 'docs/configuration.md'), configReference());
await writeFile(path.join(root, 'docs/errors.md'), errorReference());

// The page is written by hand up to its tables.
const conformance = path.join(root, 'docs/conformance-dicom.md');
const page = await readFile(conformance, 'utf8');
await writeFile(conformance, page.slice(0, page.indexOf(CONFORMANCE_TABLES_HEADING)) + dicomConformance());
