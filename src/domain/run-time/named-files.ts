import ipaddr from 'ipaddr.js';
import { type ConfigurationLine, configurationLines } from '../haproxy/haproxy-words.ts';

/** A place where haproxy accepts TLS connections. */
export interface TlsBind {
  /** IPv4 or IPv6; a loopback address for a wildcard */
  readonly address: string;
  readonly port: number;
  /** whether clients must send a name that a certificate has (haproxy manual, section 5.1, `strict-sni`) */
  readonly isStrict: boolean;
}

/** The files of certificates that a configuration names, by the options `crt-list`, `crt`, `ca-file` and `crl-file`. */
export interface NamedFiles {
  /** lists, each with the places of the bind lines that name it */
  readonly lists: ReadonlyMap<string, readonly TlsBind[]>;
  /** files of `crt`, each with the places of the bind lines that name it; none when only servers do */
  readonly certificates: ReadonlyMap<string, readonly TlsBind[]>;
  readonly authorities: ReadonlySet<string>;
  readonly revocations: ReadonlySet<string>;
  /** whether a bind line names several lists or certificates */
  readonly hasMixedBinds: boolean;
  /** bytes of the longest command that the worker takes */
  readonly longestCommand: number;
}

/** The reason why the files can't be compared with those of a worker. */
export interface Refusal {
  readonly refusal: string;
}

/** The longest command, payload included: haproxy answers a longer one as if it were several (measured with 2.6 and 3.0). */
const LONGEST_COMMAND = 15_000;
/** haproxy's buffer (haproxy manual, section 3.2, `tune.bufsize`), and its part that the payload can't use. */
const BUFFER = 16_384;
const RESERVED = BUFFER - LONGEST_COMMAND;

const NAMES_FILE: ReadonlySet<string> = new Set([
  'bind',
  'server',
  'default-server',
  'default-bind',
  'server-template',
]);
/** Words by which haproxy finds certificates in other ways than by the path of one file. */
const OTHER_WAYS: ReadonlySet<string> = new Set([
  ...['ca-base', 'crt-base', 'issuers-chain-path', 'ssl-f-use', 'ca-sign-file', 'generate-certificates'],
  ...[
    'crt-ignore-err-file',
    'httpclient.ssl.ca-file',
    'ssl-load-extra-files',
    'ssl-load-extra-del-ext',
    '.if',
  ],
]);
const OPTIONS: ReadonlySet<string> = new Set(['crt-list', 'crt', 'ca-file', 'ca-verify-file', 'crl-file']);
/** Characters that a command to haproxy takes as they are. */
const PLAIN_PATH = /^\/[\w./@:+-]+$/;

/** Reads the files of certificates that a configuration names. */
export function namedFiles(text: string): NamedFiles | Refusal {
  const lines = configurationLines(text);
  const found = new Collected();
  for (const line of lines) {
    const other = line.words.find((word) => OTHER_WAYS.has(word));
    if (other !== undefined) return { refusal: `the configuration has ${other}` };
    if (line.keyword === 'tune.bufsize')
      found.longestCommand = Math.min(LONGEST_COMMAND, (Number(line.words[1]) || 0) - RESERVED);
    if (NAMES_FILE.has(line.keyword)) found.read(line);
  }
  if (found.strangePath) return { refusal: 'the path of a file is relative or has special characters' };
  return found;
}

class Collected implements NamedFiles {
  readonly lists = new Map<string, TlsBind[]>();
  readonly certificates = new Map<string, TlsBind[]>();
  readonly authorities = new Set<string>();
  readonly revocations = new Set<string>();
  hasMixedBinds = false;
  longestCommand = LONGEST_COMMAND;
  strangePath = false;

  read({ keyword, words }: ConfigurationLine): void {
    const binds = keyword === 'bind' ? tlsBinds(words) : [];
    const sources = words.flatMap((option, at) =>
      at > 0 && OPTIONS.has(option) ? this.#add(option, words[at + 1] ?? '', binds) : [],
    );
    if (sources.length > 1 && keyword !== 'server') this.hasMixedBinds = true;
  }

  /** @returns the file when it is a certificate or a list */
  #add(option: string, file: string, binds: readonly TlsBind[]): string[] {
    // the certificates of the operating system
    if (file === '@system-ca') return [];
    if (!PLAIN_PATH.test(file)) {
      this.strangePath = true;
      return [];
    }
    if (option !== 'crt' && option !== 'crt-list') {
      (option === 'crl-file' ? this.revocations : this.authorities).add(file);
      return [];
    }
    const places = option === 'crt-list' ? this.lists : this.certificates;
    places.set(file, [...(places.get(file) ?? []), ...binds]);
    return [file];
  }
}

/** Returns the places of a bind line at which a TLS handshake is possible without anything before it. */
function tlsBinds([, addresses = '', ...options]: readonly string[]): TlsBind[] {
  if (['accept-proxy', 'interface', 'namespace'].some((option) => options.includes(option))) return [];
  return addresses.split(',').flatMap((item) => {
    const [, host = '', port = ''] = /^(?:ipv[46]@)?\[?([^@[\]]*?)\]?:(\d+)$/.exec(item) ?? [];
    const address =
      ({ '': '127.0.0.1', '*': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' } as const)[host] ?? host;
    if (port === '' || !ipaddr.isValid(address)) return [];
    return [{ address, port: Number(port), isStrict: options.includes('strict-sni') }];
  });
}
