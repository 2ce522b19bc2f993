import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { Host } from '../../../../src/host/host.ts';
import { diagnosticsEntries } from '../../../../src/operations/diagnostics/diagnostics.ts';
import { freshState } from '../../../support/fresh-state.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const never = (): Promise<never> => new Promise(() => undefined);

/** A machine whose disk hangs: no call on its files, programs or services ends. A real disk can't be made to hang in a test. */
const hangingHost = new Proxy({} as Host, {
  get: () => new Proxy({}, { get: () => never }),
});

describe('a diagnostics archive of a machine whose disk hangs', () => {
  it('ends, has what the agent keeps in its memory, and names what could not be listed', async () => {
    const { config } = loadConfig(
      'agent.conf',
      `[amphora_agent]\namphora_id = ${AMPHORA}\n[health_manager]\nheartbeat_key = canary-4711\n`,
    );
    const state = freshState();
    state.recent.requests.add({ at: 0, method: 'GET', path: '/canary-4711', status: 200, milliseconds: 1 });
    const running = { ...state, readiness: async () => 'ready\n', status: async () => ({}) };
    const context = {
      ...{ version: '1', config: () => config, configFile: '/etc/agent.conf', paths: createPaths(config) },
      ...{ host: hangingHost, running },
    };
    const files = new Map<string, string>();
    for await (const { name, content } of diagnosticsEntries(context, 20)) {
      files.set(name, Buffer.from(content).toString());
    }
    expect(files.get('agent/requests.json')).toContain('"path": "/<hidden>"');
    expect(files.get('agent/readyz.txt')).toBe('ready\n');
    for (const group of [
      'agent',
      'audit',
      'services',
      'load-balancers',
      'keepalived',
      'network',
      'machine',
    ]) {
      expect([group, files.get(`${group}.error.txt`)]).toEqual([
        group,
        'its parts are unknown: it takes longer than 0.02 s\n',
      ]);
    }
    expect(JSON.parse(files.get('manifest.json') ?? '').failed).toContain('network');
  });
});
