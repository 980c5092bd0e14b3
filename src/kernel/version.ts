// The version of the node, from package.json. It stands in SoftwareVersions (0018,1020) of everything the node writes.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };

/** Semantic version of this node. */
export const VERSION: string = manifest.version;
