// sonorelay console: who may open the console. In: a name, a password from the terminal or standard input. Out: the users file, changed while the node runs too.
import { parseArgs } from 'node:util';
import { resolved } from '../config/preflight.ts';
import { errorText, fault } from '../kernel/errors.ts';
import { LONGEST_PASSWORD, putUser, readUsers, removeUser, SHORTEST_PASSWORD } from '../store/users.ts';
import { configFileOf, openConfig } from './arguments.ts';
import { readSecret } from './secret.ts';

const HELP = `Usage: sonorelay console add-user NAME [--config FILE]
       sonorelay console remove-user NAME [--config FILE]
       sonorelay console list-users [--config FILE]

Says who may open the console, the node's page in a browser. add-user asks for a password twice, or takes the first line of standard input when that is no
terminal; it gives a user who is there already the new one. A password has ${SHORTEST_PASSWORD} characters or more. The users file is console.usersFile of the
configuration; a running node sees the change at once. Run it as the user that the node runs as: nobody else may read the file.`;

type Action = (usersFile: string, name: string) => Promise<string>;

const ACTIONS: Readonly<Record<string, { readonly takesName: boolean; readonly act: Action }>> = {
  'add-user': {
    takesName: true,
    act: async (usersFile, name) => {
      const password = await readPassword(name);
      return (await putUser(usersFile, name, password)) ? `${name} may sign in.` : `${name} has a new password.`;
    },
  },
  'remove-user': {
    takesName: true,
    act: async (usersFile, name) => {
      if (!(await removeUser(usersFile, name))) throw fault('console-user-refused', `There is no user ${name}.`);
      return `${name} may not sign in any more.`;
    },
  },
  'list-users': {
    takesName: false,
    act: async (usersFile) => {
      const { users } = await readUsers(usersFile);
      return users.length === 0 ? 'Nobody may sign in.' : users.map(({ name }) => name).join('\n');
    },
  },
};

export async function manageConsole(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (parsed === null) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const [name = '', person = '', ...more] = parsed.positionals;
  const action = ACTIONS[name];
  if (action === undefined || more.length > 0 || action.takesName !== (person !== '')) throw fault('usage', `\n\n${HELP}`);
  process.umask(0o077);
  const { config, baseFolder } = await openConfig(configFileOf(parsed.values));
  if (config.console === null)
    throw fault('config-invalid', 'It has no console: put "console: {}" into it first, or its options: docs/operations.md.');
  process.stdout.write(`${await action.act(resolved(baseFolder, config.console.usersFile), person)}\n`);
  return 0;
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', short: 'c' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: true,
    });
    return values.help === true ? null : { values: { config: values.config }, positionals };
  } catch (error) {
    throw fault('usage', `${errorText(error)}\n\n${HELP}`, error);
  }
}

/** Twice from a terminal, once from anything else. */
async function readPassword(name: string): Promise<string> {
  const first = await readSecret(`Password for ${name}: `, LONGEST_PASSWORD);
  if (!process.stdin.isTTY) return first;
  if (first !== (await readSecret('The same again: ', LONGEST_PASSWORD)))
    throw fault('console-user-refused', 'The two passwords differ.');
  return first;
}
