// Touches the world that a configuration names, and changes nothing in it: folders, files, the port, the models.
// In: a Config and its folder. Out: every problem with its path; none means that the node can start.
import { constants } from 'node:fs';
import { access, mkdir, readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { errorText } from '../kernel/errors.ts';
import type { ConfigIssue } from './load.ts';
import type { Config } from './schema.ts';

/** Ports of preflight: opening a socket and reading models belong to other folders. */
export type PreflightPorts = {
  /** Rejects when the port cannot be opened. */
  readonly probePort: (host: string, port: number) => Promise<void>;
  /** Rejects with a named fault when the model folder is not sound, or a template of the model; `templatesFolder` is the site's own. */
  readonly probeModel: (modelsFolder: string, id: string, templatesFolder: string | null) => Promise<void>;
  /** A sentence for each file of the site's templates that nothing reads; not asked when not given. Such a file keeps no node from starting. */
  readonly probeTemplates?: (modelsFolder: string, templatesFolder: string) => Promise<readonly string[]>;
  /** Rejects when nobody could sign in with the users file of the console; not asked when not given. */
  readonly probeUsers?: (usersFile: string) => Promise<void>;
};

/** An option that is a path, resolved against the folder of the configuration file. */
export const resolved = (baseFolder: string, file: string): string => path.resolve(baseFolder, file);

/** Checks everything that a Config names. `baseFolder` is the folder of the configuration file. */
export async function preflight(config: Config, baseFolder: string, ports: PreflightPorts): Promise<readonly ConfigIssue[]> {
  const issues: ConfigIssue[] = [];
  const attempt = async (where: string, check: () => Promise<void>): Promise<void> => {
    try {
      await check();
    } catch (error) {
      issues.push({ path: where, problem: errorText(error) });
    }
  };
  const file = (where: string, name: string | null): Promise<void> =>
    name === null ? Promise.resolve() : attempt(where, async () => void (await readFile(resolved(baseFolder, name))));

  await attempt('spool.folder', async () => {
    const folder = resolved(baseFolder, config.spool.folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const space = await statfs(folder);
    const freeMiB = Math.floor((space.bavail * space.bsize) / 2 ** 20);
    if (freeMiB < config.spool.minFreeMiB)
      throw new Error(`${freeMiB} MiB are free, spool.minFreeMiB asks for ${config.spool.minFreeMiB}`);
  });
  await attempt('models.folder', async () => {
    const folder = resolved(baseFolder, config.models.folder);
    if (!(await stat(folder)).isDirectory()) throw new Error('is not a folder');
  });
  const { templatesFolder } = config.reports;
  const templates = templatesFolder === null ? null : resolved(baseFolder, templatesFolder);
  await attempt('reports.templatesFolder', async () => {
    if (templates === null) return;
    if (!(await stat(templates)).isDirectory()) throw new Error('is not a folder');
    const strays = (await ports.probeTemplates?.(resolved(baseFolder, config.models.folder), templates)) ?? [];
    issues.push(...strays.map((problem) => ({ path: 'reports.templatesFolder', problem })));
  });
  for (const [index, id] of config.models.use.entries()) {
    await attempt(`models.use[${index}]`, () => ports.probeModel(resolved(baseFolder, config.models.folder), id, templates));
  }
  if (config.dicom.tls !== null) {
    await file('dicom.tls.certificateFile', config.dicom.tls.certificateFile);
    await file('dicom.tls.keyFile', config.dicom.tls.keyFile);
    await file('dicom.tls.caFile', config.dicom.tls.caFile);
  }
  for (const [index, destination] of config.destinations.entries()) {
    if (destination.kind === 'fhir') await file(`destinations[${index}].tokenFile`, destination.tokenFile);
    if (destination.tls === null) continue;
    await file(`destinations[${index}].tls.caFile`, destination.tls.caFile);
    await file(`destinations[${index}].tls.certificateFile`, destination.tls.certificateFile);
    await file(`destinations[${index}].tls.keyFile`, destination.tls.keyFile);
  }
  if (config.console !== null) {
    const { host, port, tls, usersFile } = config.console;
    await attempt('console.usersFile', async () => ports.probeUsers?.(resolved(baseFolder, usersFile)));
    if (tls !== null) {
      await file('console.tls.certificateFile', tls.certificateFile);
      await file('console.tls.keyFile', tls.keyFile);
      await file('console.tls.caFile', tls.caFile);
    }
    await attempt('console.port', async () => {
      if (port !== 0 && port === config.dicom.port) throw new Error('is dicom.port too');
      await ports.probePort(host, port);
    });
  }
  await attempt('dicom.port', () => ports.probePort(config.dicom.host, config.dicom.port));
  return issues;
}
