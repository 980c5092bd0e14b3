// Writes the pages that are generated from code: config/schema.json, docs/configuration.md, docs/errors.md. Run it after changing the tables.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configJsonSchema, configReference } from '../src/config/reference.ts';
import { errorReference } from '../src/kernel/error-reference.ts';

const root = path.resolve(import.meta.dirname, '..');
await mkdir(path.join(root, 'docs'), { recursive: true });
await writeFile(path.join(root, 'config/schema.json'), configJsonSchema());
await writeFile(path.join(root, 'docs/configuration.md'), configReference());
await writeFile(path.join(root, 'docs/errors.md'), errorReference());
