import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listenerId, loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { hardStopText } from '../../../src/domain/service-definitions.ts';
import {
  commandLine,
  haproxyDefinition,
  keepalivedDefinition,
  keepalivedLvsDefinition,
  namespaceDefinition,
} from '../../../src/render/units.ts';
import { renderTemplate as render } from '../../support/templates.ts';

const ID = '7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e';
const LOAD_BALANCER = loadBalancerId(ID);
const golden = (file: string): string => path.resolve(import.meta.dirname, '../../golden/units', file);
const context = (basePath = '/var/lib/octavia') => ({
  configFile: '/etc/octavia/amphora-agent.conf',
  config: () => ({ haproxyCmd: '/usr/sbin/haproxy', administrativeLogFacility: 1 }),
  paths: createPaths({
    basePath,
    baseCertDir: path.join(basePath, 'certs'),
    agentServerNetworkDir: '/etc/octavia/interfaces/',
  }),
  render,
});
const haproxy = { id: LOAD_BALANCER, peer: 'hqTuhGKCLprJia6DF_MV5wmVvbI' };

describe('units', () => {
  it('of a load balancer runs a checked haproxy in the namespace, restarted for ever', async () => {
    const { name, unit } = haproxyDefinition(context(), haproxy);
    expect(name).toBe(`haproxy-${ID}`);
    await expect(unit).toMatchFileSnapshot(golden('haproxy.service'));
  });

  it('of keepalived starts it after the namespace', async () => {
    const { name, unit } = keepalivedDefinition(context());
    expect(name).toBe('octavia-keepalived');
    await expect(unit).toMatchFileSnapshot(golden('octavia-keepalived.service'));
  });

  it('of the keepalived of a UDP listener has all its pid files', async () => {
    const { name, unit, supervised } = keepalivedLvsDefinition(context(), listenerId(ID));
    expect(name).toBe(`octavia-keepalivedlvs-${ID}`);
    expect(supervised).toMatchObject({
      pidFile: `/var/lib/octavia/lvs/octavia-keepalivedlvs-${ID}.pid`,
      command: expect.arrayContaining(['-n', '-l']),
    });
    await expect(unit).toMatchFileSnapshot(golden('octavia-keepalivedlvs.service'));
  });

  it('of the namespace leaves the processor to the first heartbeat at boot, by less than the weight of other services', () => {
    const weight = /^StartupCPUWeight=(\d+)$/m.exec(namespaceDefinition(context()).unit)?.[1];
    expect(Number(weight)).toBeLessThan(100);
  });

  it('of the namespace goes on after a step that fails', async () => {
    const { name, unit, supervised } = namespaceDefinition(context());
    expect(name).toBe('amphora-netns');
    expect(supervised).toBeNull();
    await expect(unit).toMatchFileSnapshot(golden('amphora-netns.service'));
    for (const line of unit.split('\n').filter((text) => text.startsWith('ExecStart'))) {
      expect(line).toMatch(/^ExecStart=-\//);
    }
  });

  it('work with a base path of odd characters', () => {
    const { unit } = haproxyDefinition(context('/srv/50% of "a" $disk'), haproxy);
    expect(unit).toContain(`PIDFile=/srv/50%% of "a" $disk/${ID}/${ID}.pid\n`);
    expect(unit).toContain(`-f "/srv/50%% of \\"a\\" $$disk/${ID}/haproxy.cfg"`);
  });
});

describe('the command line under the supervisor', () => {
  it('equals that of the unit: with -W alone, haproxy would obey the `daemon` that controllers send', () => {
    expect(haproxyDefinition(context(), haproxy).supervised).toMatchObject({
      namespace: 'amphora-haproxy',
      command: [
        '/usr/sbin/haproxy',
        '-Ws',
        ...['-f', '/var/lib/octavia/haproxy-hard-stop.conf'],
        ...['-f', `/var/lib/octavia/${ID}/haproxy.cfg`],
        ...['-f', '/var/lib/octavia/haproxy-default-user-group.conf'],
        ...['-p', `/var/lib/octavia/${ID}/${ID}.pid`],
        ...['-L', haproxy.peer],
        ...['-S', `/var/lib/octavia/${ID}/master.sock,mode,600`],
      ],
      checks: [expect.arrayContaining(['-c', '-L', haproxy.peer])],
      reloadSignal: 'SIGUSR2',
    });
  });

  it('sets the limits of old workers before the configuration, whose own values override them', () => {
    const { unit, supervised } = haproxyDefinition(context(), haproxy);
    const files = [
      '-f',
      '/var/lib/octavia/haproxy-hard-stop.conf',
      '-f',
      `/var/lib/octavia/${ID}/haproxy.cfg`,
    ];
    for (const command of [supervised?.command, ...(supervised?.checks ?? [])]) {
      expect(command?.join(' ')).toContain(files.join(' '));
    }
    expect(unit.split(files.join(' '))).toHaveLength(4);
    expect(hardStopText(30)).toBe('global\n    mworker-max-reloads 25\n    hard-stop-after 30s\n');
    expect(hardStopText(0)).toBe('global\n    mworker-max-reloads 25\n');
  });

  it('keeps keepalived in the foreground and prints its log', () => {
    expect(keepalivedDefinition(context()).supervised).toMatchObject({
      command: expect.arrayContaining(['-n', '-l', '-P', '-S', '1']),
      forks: false,
      reloadSignal: 'SIGHUP',
    });
  });
});

describe('a command line of a unit', () => {
  it('has every word as systemd.service(5) reads it', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab/ \t"\\$%=') });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const [program = '', ...args] = words;
        expect(readBySystemd(commandLine([program, ...args]))).toEqual(words);
      }),
    );
  });
});

/** Splits and unquotes as systemd does, for words that are plain or in double quotes; then `%%` and `$$`. */
function readBySystemd(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|[^\s"]+/g)].map(([plain, inQuotes]) =>
    (inQuotes === undefined ? plain : inQuotes.replaceAll(/\\(.)/gs, '$1'))
      .replaceAll('%%', '%')
      .replaceAll('$$', () => '$'),
  );
}
