import {
  type ConfiguredBackend,
  type ConfiguredServer,
  readServer,
  type ServerLine,
} from '../haproxy/configured-servers.ts';
import { isAtLeast } from '../haproxy/haproxy-version.ts';
import { readAddress } from '../network/addresses.ts';
import type { ReloadReason } from './other-lines.ts';
import { LONGEST_COMMAND } from './worker-commands.ts';

/** What the worker brings to a server that it gets at run time. */
export interface ServerSurroundings {
  /** haproxy's version */
  readonly version: string;
  /** the files of certificates that servers of this worker name, as loadedFiles() returns them */
  readonly loaded: ReadonlySet<string>;
}

/** The words of `add server` behind the server's name, or the reason why the worker can't get the server. */
export type AddedServer =
  | { readonly words: readonly string[]; readonly server: ConfiguredServer }
  | { readonly reason: ReloadReason; readonly refusal: string };

/**
 * The number of values behind each option that haproxy 2.6 to 3.2 take for a server at run time (management guide, section
 * 9.3, `add server`; each measured with 2.6 and 3.0).
 */
const OPTIONS: ReadonlyMap<string, 0 | 1> = new Map<string, 0 | 1>([
  ...['weight', 'inter', 'fall', 'rise', 'addr', 'port', 'maxconn', 'slowstart', 'verify', 'sni', 'alpn'].map(
    (word): [string, 1] => [word, 1],
  ),
  ...['check-alpn', 'check-sni', 'ciphers', 'ciphersuites', 'ssl-min-ver', 'ssl-max-ver', 'verifyhost'].map(
    (word): [string, 1] => [word, 1],
  ),
  ...['ca-file', 'crl-file', 'crt', 'pool-max-conn', 'pool-purge-delay', 'cookie'].map(
    (word): [string, 1] => [word, 1],
  ),
  ...['check', 'check-ssl', 'backup', 'ssl', 'send-proxy', 'send-proxy-v2', 'send-proxy-v2-ssl-cn'].map(
    (word): [string, 0] => [word, 0],
  ),
  ...['no-sslv3', 'no-tlsv10', 'no-tlsv11', 'no-tlsv12', 'no-tlsv13'].map((word): [string, 0] => [word, 0]),
]);

/** Options that the words of a server at run time leave out: the agent sets the state by a command of its own. */
const STATES: ReadonlySet<string> = new Set(['disabled', 'enabled']);
const FILES: ReadonlySet<string> = new Set(['crt', 'ca-file', 'crl-file']);

/** Characters that neither the command line nor the master's socket changes. */
const PLAIN = /^[\w.:/,@()%+=*!{}[\]-]+$/;
/** haproxy reads at most 64 words of a command. */
const MOST_WORDS = 56;

/** haproxy before 2.8 reuses no connection to an added server without these (measured with 2.6). */
const REUSE = ['pool-purge-delay', '5s', 'pool-max-conn', '-1'];
const REUSES_BY_ITSELF = [2, 8] as const;
/** The first version that takes cookies of servers at run time. */
const TAKES_COOKIE = [2, 8] as const;

/** Returns the files that server lines name, each with its option. */
export const loadedFiles = (servers: Iterable<readonly string[]>): ReadonlySet<string> =>
  new Set(
    [...servers].flatMap((words) =>
      words.flatMap((word, at) => (FILES.has(word) ? [fileOf(words, at)] : [])),
    ),
  );

const fileOf = (words: readonly string[], at: number): string => `${words[at]} ${words[at + 1] ?? ''}`;

/** Decides whether a running worker can get a server, and how. */
export function addedServer(
  line: ServerLine,
  backend: ConfiguredBackend,
  { version, loaded }: ServerSurroundings,
): AddedServer {
  const server = readServer(line);
  const refuse = (refusal: string, reason: ReloadReason = 'member options'): AddedServer => ({
    reason,
    refusal,
  });
  if (server === undefined) return refuse('the agent cannot read its options');
  if ('problem' in readAddress(server.address)) return refuse('its address is a name');
  if (!backend.isDynamic)
    return refuse('the algorithm of its backend takes no new server', 'static algorithm');
  // the order of the servers counts there, and an added server is the last one
  if (backend.algorithm === 'first')
    return refuse('the algorithm first depends on the order', 'static algorithm');
  // measured: haproxy 2.6 crashes, later versions never run the check
  if (server.isChecked && /external-check/.test(line.checks))
    return refuse('its backend has external checks', 'external check');
  const unknown = unknownOption(line.words, version, loaded);
  if (unknown !== undefined) return refuse(unknown);
  const words = line.words.filter((word) => !STATES.has(word));
  const all = isAtLeast(version, REUSES_BY_ITSELF) ? words : withReuse(words);
  if (all.length > MOST_WORDS || all.join(' ').length > LONGEST_COMMAND)
    return refuse('it has too many options');
  return { words: all, server };
}

/** @returns the reason why a worker can't get a server with these options; undefined when it can */
function unknownOption(
  [, ...options]: readonly string[],
  version: string,
  loaded: ReadonlySet<string>,
): string | undefined {
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at] ?? '';
    const values = valuesBehind(option, version);
    if (values === undefined)
      return `haproxy ${version} takes no option ${JSON.stringify(option)} at run time`;
    if (FILES.has(option) && !loaded.has(fileOf(options, at)))
      return `the worker has not loaded the file of ${option}`;
    if (values === 0) continue;
    at += 1;
    if (!PLAIN.test(options[at] ?? '')) return `the value of ${option} has special characters`;
  }
  return undefined;
}

/** Returns the number of values behind an option; undefined when a server at run time can't have the option. */
function valuesBehind(option: string, version: string): 0 | 1 | undefined {
  if (STATES.has(option)) return 0;
  if (option === 'cookie' && !isAtLeast(version, TAKES_COOKIE)) return undefined;
  return OPTIONS.get(option);
}

const withReuse = (words: readonly string[]): readonly string[] =>
  words.includes('pool-purge-delay') || words.includes('pool-max-conn') ? words : [...words, ...REUSE];
