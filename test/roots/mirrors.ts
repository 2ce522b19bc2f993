import { existsSync } from 'node:fs';
import { createCommandRunner } from '../../src/host/command.ts';
import type { Suite } from './suites.ts';

/** How a root reaches Debian's and npm's packages: the way this machine does. */
export interface Mirrors {
  /** text of /etc/apt/sources.list */
  readonly sources: string;
  /** where debootstrap takes packages from */
  readonly debian: string;
  /** what apt-get and npm need in their environment */
  readonly environment: Readonly<Record<string, string>>;
  /** bundle of the certificate authorities that sign for the mirrors; undefined where this machine has none */
  readonly authorities: string | undefined;
}

/** Where a root sees the bundle of certificate authorities. */
export const AUTHORITIES_INSIDE = '/etc/package-mirrors.pem';

const DEBIAN = 'http://deb.debian.org/debian';
const SECURITY = 'http://deb.debian.org/debian-security';
const PASSED_ON = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/**
 * @param environment of this process; DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR name other mirrors than Debian's own
 */
export async function findMirrors(suite: Suite, environment: NodeJS.ProcessEnv): Promise<Mirrors> {
  const debian = environment['DEBIAN_MIRROR'] ?? DEBIAN;
  const security = environment['DEBIAN_SECURITY_MIRROR'] ?? SECURITY;
  const authorities = [await npmSetting('cafile'), BUNDLE].find((file) => file !== '' && existsSync(file));
  const registry = await npmSetting('registry');
  return {
    debian,
    sources: [
      `deb ${debian} ${suite} main`,
      `deb ${debian} ${suite}-updates main`,
      `deb ${security} ${suite}-security main`,
      '',
    ].join('\n'),
    environment: {
      ...Object.fromEntries(
        PASSED_ON.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
      ),
      ...(registry === '' ? {} : { npm_config_registry: registry }),
      ...(authorities === undefined ? {} : { npm_config_cafile: AUTHORITIES_INSIDE }),
    },
    authorities,
  };
}

/** @returns a setting of npm on this machine; empty where it has none */
async function npmSetting(name: string): Promise<string> {
  const { stdout } = await createCommandRunner().run(['npm', 'config', 'get', name], { timeoutMs: 30_000 });
  const value = stdout.trim();
  return value === 'null' || value === 'undefined' ? '' : value;
}
