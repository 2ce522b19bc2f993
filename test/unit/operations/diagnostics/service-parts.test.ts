import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { Host } from '../../../../src/host/host.ts';
import { serviceParts } from '../../../../src/operations/diagnostics/service-parts.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

/** A machine with systemd and these files. The files of units are absolute, and a test must not write them. */
function contextWith(files: Readonly<Record<string, string>>) {
  const { config } = loadConfig('agent.conf', `[amphora_agent]\namphora_id = ${AMPHORA}\n`);
  const namesIn = (directory: string): string[] =>
    Object.keys(files)
      .filter((file) => file.startsWith(`${directory}/`))
      .map((file) => file.slice(directory.length + 1))
      .filter((name) => !name.includes('/'));
  const host = {
    files: {
      list: async (directory: string) => namesIn(directory),
      exists: async (file: string) => file in files,
      read: async (file: string) => Buffer.from(files[file] ?? ''),
    },
    services: { kind: 'systemd', state: async () => ({ status: 'active' }) },
    commands: { run: async (argv: readonly string[]) => ({ exitCode: 0, stdout: argv.join(' ') }) },
  } as unknown as Host;
  return { version: '1', config: () => config, configFile: '', paths: createPaths(config), host };
}

async function partsWith(files: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const parts = await serviceParts(contextWith(files), []);
  const read = parts.map(async (part) => [part.name, `${await part.read()}`] as const);
  return new Map(await Promise.all(read));
}

describe('the parts of services under systemd', () => {
  it('have the drop-ins of each unit as systemd reads them: /etc before /run before /usr/lib', async () => {
    const parts = await partsWith({
      '/etc/systemd/system/amphora-agent.service.d/memory.conf': 'from /etc',
      '/usr/lib/systemd/system/amphora-agent.service.d/memory.conf': 'from /usr/lib',
      '/run/systemd/system/octavia-keepalived.service.d/other.conf': 'from /run',
      '/etc/systemd/system/amphora-agent.service.d/notes.txt': 'no drop-in',
    });
    const dropIns = [...parts].filter(([name]) => name.includes('.service.d/'));
    expect(Object.fromEntries(dropIns)).toEqual({
      'services/amphora-agent.service.d/memory.conf': 'from /etc',
      'services/octavia-keepalived.service.d/other.conf': 'from /run',
    });
  });

  it('have the upgrades and the logs of the program that did them, if there was one', async () => {
    const never = await partsWith({});
    expect([...never.keys()].filter((name) => name.includes('upgrade'))).toEqual([]);
    const parts = await partsWith({
      '/var/lib/octavia/upgrade/history.json': '[]',
      '/var/lib/octavia/upgrade/current/upgrade.json': '{}',
    });
    expect(parts.get('upgrade/history.json')).toBe('[]');
    expect(parts.get('upgrade/upgrade.json')).toBe('{}');
    expect(parts.get('logs/amphora-upgrade.log')).toMatch(/^journalctl .*--unit amphora-upgrade$/);
    expect(parts.get('logs/amphora-upgrade-recovery.log')).toMatch(/--unit amphora-upgrade-recovery$/);
  });
});
