import { pino } from 'pino';
import { agentVersion } from '#development';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { AuditedRequest } from '../../../src/domain/audit/audit-line.ts';
import type { ClientAuthority } from '../../../src/domain/certificates/client-authority.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import type { Host } from '../../../src/host/host.ts';
import { createApp } from '../../../src/http/app.ts';
import { freshState } from '../fresh-state.ts';
import { fixedSettings } from './fixed-settings.ts';

type Context = Parameters<typeof createApp>[0];

/** The id of the amphora whose API `createTestApp` makes. */
export const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

/** A host whose every use fails the test: the API must answer before it touches the system. */
export const untouchableHost = new Proxy({} as Host, {
  get(_target, part) {
    throw new Error(`the request reached the host: ${String(part)}`);
  },
});

/**
 * Makes the API of an amphora with the default configuration.
 * @param parts of its context that are not the usual ones; the host is `untouchableHost` unless given
 * @param section lines of a configuration file that stand before its section amphora_agent
 * @param authority the authority of all clients
 * @param audits receives what the audit log gets
 */
export function createTestApp(
  parts: Partial<Context> = {},
  section = '',
  authority: ClientAuthority = 'controller',
  audits: AuditedRequest[] = [],
): ReturnType<typeof createApp> {
  const { config } = loadConfig('agent.conf', `${section}[amphora_agent]\namphora_id = ${AMPHORA}\n`);
  const context: Context = {
    ...freshState(),
    configFile: '/etc/octavia/amphora-agent.conf',
    config: () => config,
    paths: createPaths(config),
    host: untouchableHost,
    logger: pino({ level: 'silent' }),
    render: () => '',
    own: fixedSettings(config),
    version: agentVersion,
    ...parts,
  };
  return createApp(context, {
    clients: { authorityOf: () => authority, certificateOf: () => undefined },
    audit: {
      add: (audited) => void audits.push(audited),
      addRefused: (refused) => void audits.push(refused),
    },
  });
}
