// sonorelay run: the node until it is told to stop. SIGTERM and SIGINT end it gently: work under way settles, nothing new is taken.

import { configFault } from '../config/load.ts';
import { preflight, resolved } from '../config/preflight.ts';
import { probePort } from '../edge/probe-port.ts';
import { openLog } from '../kernel/log.ts';
import { startNode } from '../node.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';
import { probeModel } from './probe-model.ts';
import { probeUsers } from './probe-users.ts';

const HELP = `Usage: sonorelay run [--config FILE]

Runs the node until SIGTERM or SIGINT. Writes one JSON line an event to standard error, or to the file of log.file.`;

export async function run(args: readonly string[]): Promise<number> {
  const values = parseOptions(args, { config: { type: 'string', short: 'c' } }, HELP);
  if (values === null) return 0;
  // Patient data lie in the spool: whatever this process makes is readable by its own user alone.
  process.umask(0o077);
  // Whoever reads the log may go away; that must not end the node (EPIPE would, unheard).
  process.stderr.on('error', () => undefined);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const issues = await preflight(config, baseFolder, { probePort, probeModel, probeUsers });
  if (issues.length > 0) throw configFault(issues);

  const { log, close } = openLog({
    level: config.log.level,
    file: config.log.file === null ? null : resolved(baseFolder, config.log.file),
  });
  const node = await startNode(config, { baseFolder, log });
  const because = await new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
  log('node.stopping', { because });
  await node.stop();
  log('node.stopped', {});
  await close();
  // A peer that is silent can keep its socket, and so the process, for as long as its time-out; its delivery is taken up at the next start.
  return process.exit(0);
}
