import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { type HaproxyId, listenerId, loadBalancerId } from '../../../../src/domain/ids.ts';
import {
  createPaths,
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  METRICS_PROXY_SERVICE,
} from '../../../../src/domain/paths.ts';
import { CommandFailed } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/host/host.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { observeServices } from '../../../../src/operations/upgrade/run/amphora-state.ts';
import { serviceFaults } from '../../../../src/operations/upgrade/run/probe-faults.ts';
import { renewKeepaliveds, renewMetricsProxy } from '../../../../src/operations/upgrade/run/renewal.ts';
import type { RunContext } from '../../../../src/operations/upgrade/run/run-context.ts';
import { tryInstalled } from '../../../../src/operations/upgrade/run/trial.ts';
import type { StateBefore } from '../../../../src/schemas/upgrade-run.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const FIRST = loadBalancerId('11111111-1111-4111-8111-111111111111');
const LISTENER = listenerId('33333333-3333-4333-8333-333333333333');
const SECOND = loadBalancerId('22222222-2222-4222-8222-222222222222');

const LVS_SERVICE = keepalivedLvsService(LISTENER);

interface Amphora {
  /** text of each load balancer's configuration */
  readonly configs: Map<HaproxyId, string>;
  readonly states: Map<string, ServiceState['status']>;
  /** ports that accept a connection */
  readonly open: Set<number>;
  readonly restarted: string[];
  /** whether the processes run files that were replaced */
  isReplaced: boolean;
  /** configuration of keepalived, and the interface that has each VIP */
  readonly keepalived: { config: string; interfaces: Map<string, string> };
}

const vrrp = (...vips: string[]): string =>
  `vrrp_instance one {\n  virtual_ipaddress {\n${vips.map((vip) => `    ${vip}\n`).join('')}  }\n}\n`;

const text = (...ports: number[]): string =>
  `frontend f\n${ports.map((port) => `    bind 192.0.2.1:${port}\n`).join('')}`;

/** An amphora with two load balancers that serve. Its haproxy refuses the configurations that are not there, or say `refused`. */
function amphora(): Amphora & { readonly context: RunContext } {
  const configs = new Map([
    [FIRST, text(80, 443)],
    [SECOND, text(8080)],
  ]);
  const states = new Map<string, ServiceState['status']>(
    [haproxyService(FIRST), haproxyService(SECOND), KEEPALIVED_SERVICE, LVS_SERVICE].map((name) => [
      name,
      'active',
    ]),
  );
  const open = new Set([80, 443, 8080]);
  const restarted: string[] = [];
  const keepalived: Amphora['keepalived'] = {
    config: vrrp('192.0.2.1', '192.0.2.2'),
    interfaces: new Map([
      ['192.0.2.1', 'eth1'],
      ['192.0.2.2', 'eth1'],
    ]),
  };
  const { config } = loadConfig('agent.conf', `[amphora_agent]\namphora_id = ${AMPHORA}\n`);
  const paths = createPaths(config);
  const configOf = (file: string): string | undefined =>
    [...configs].find(([id]) => file.startsWith(`${paths.base}/${id}/`))?.[1];
  const state = { configs, states, open, restarted, keepalived, isReplaced: false };
  const host = {
    files: {
      list: async (directory: string) =>
        directory === paths.base ? [...configs.keys()] : [`octavia-keepalivedlvs-${LISTENER}.conf`],
      exists: async (file: string) => configOf(file) !== undefined,
      read: async (file: string) => Buffer.from(configOf(file) ?? ''),
      readText: async (file: string) => (file === paths.vrrp.config ? keepalived.config : configOf(file)),
      write: async () => undefined,
    },
    haproxyTexts: { read: async () => undefined },
    haproxy: { ask: async () => 'Pid: 5\n' },
    services: {
      state: async (name: string) => ({ status: states.get(name) ?? 'inactive', mainPid: 5 }),
    },
    processes: { runsReplacedFiles: async () => state.isReplaced },
    network: { interfacesOf: async () => keepalived.interfaces },
    system: { memory: async () => ({ total: 1_000_000 }) },
    connectTrial: {
      addressesThatAccept: async (addresses: { port: number }[]) =>
        addresses.filter(({ port }) => open.has(port)),
    },
    commands: {
      async run(argv: readonly string[]) {
        if (argv.includes('check')) return { stdout: '{"findings":[]}' };
        if (argv[0] === 'systemctl') restarted.push(argv.slice(1).join(' '));
        const wrong = argv.find((word) => word.startsWith(paths.base) && word.endsWith('haproxy.cfg'));
        const found = wrong === undefined ? '' : configOf(wrong);
        if (found === undefined || found.includes('refused'))
          throw new CommandFailed({
            argv,
            exitCode: 1,
            timedOut: false,
            output: '[ALERT] no',
            reason: 'refused',
          });
        return { stdout: '', exitCode: 0 };
      },
    },
  };
  const context = {
    ...{ config: () => config, paths, configFile: 'agent.conf', program: ['node'] },
    ...{ host: host as unknown as Host, logger: pino({ level: 'silent' }), queue: createObjectQueue() },
  } satisfies RunContext;
  return Object.assign(state, { context });
}

/** The state of the amphora before its upgrade; its agent is left out. */
const BEFORE: StateBefore = {
  agent_runs: false,
  not_ready: [],
  sends_heartbeats: false,
  keepalived_runs: true,
  accepts_keepalived: false,
  serving: [FIRST, SECOND],
  lvs_running: [LISTENER],
  vips: ['192.0.2.1', '192.0.2.2'],
  refused: [],
  open: [`${FIRST} 192.0.2.1 80`, `${FIRST} 192.0.2.1 443`, `${SECOND} 192.0.2.1 8080`],
  broken: [],
};

/** Looks once, and returns the faults. */
const faultsOf = async ({ context }: Pick<ReturnType<typeof amphora>, 'context'>): Promise<string[]> =>
  serviceFaults(BEFORE, await observeServices(context));

describe('the probe of an upgrade', () => {
  it('observes the state from before it', async () => {
    const { serving, open, vips, lvs } = await observeServices(amphora().context);
    expect({ serving, open, vips: vips.held, lvs_running: lvs.running }).toEqual({
      ...{ serving: BEFORE.serving, open: BEFORE.open, vips: BEFORE.vips },
      lvs_running: BEFORE.lvs_running,
    });
  });

  it('has no fault when a controller deletes a load balancer or a listener meanwhile', async () => {
    const one = amphora();
    one.configs.delete(SECOND);
    one.states.delete(haproxyService(SECOND));
    one.configs.set(FIRST, text(80));
    one.open.delete(443);
    one.open.delete(8080);
    expect(await faultsOf(one)).toEqual([]);
  });

  it('has no fault when a controller stops a load balancer or keepalived meanwhile', async () => {
    const one = amphora();
    one.states.set(haproxyService(SECOND), 'inactive');
    one.states.set(KEEPALIVED_SERVICE, 'inactive');
    one.states.set(LVS_SERVICE, 'inactive');
    one.open.delete(8080);
    expect(await faultsOf(one)).toEqual([]);
  });

  it('has a fault for what fails by itself', async () => {
    const one = amphora();
    one.states.set(haproxyService(SECOND), 'failed');
    one.states.set(KEEPALIVED_SERVICE, 'activating');
    one.states.set(LVS_SERVICE, 'failed');
    one.open.delete(8080);
    one.open.delete(443);
    expect(await faultsOf(one)).toEqual([
      `haproxy of load balancer ${SECOND} does not answer`,
      `${FIRST} 192.0.2.1 443 accepts no connection`,
      `${SECOND} 192.0.2.1 8080 accepts no connection`,
      `keepalived of listener ${LISTENER} does not run`,
      'keepalived does not run',
    ]);
  });
});

describe('the VIPs after an upgrade', () => {
  it('must be where they were before it', async () => {
    const one = amphora();
    one.keepalived.interfaces.delete('192.0.2.2');
    expect(await faultsOf(one)).toEqual(['this amphora does not have the VIP 192.0.2.2 any more']);
    // while keepalived restarts as master
    one.keepalived.interfaces.set('192.0.2.2', 'lo');
    expect(await faultsOf(one)).toEqual(['this amphora does not have the VIP 192.0.2.2 any more']);
  });

  it('may be gone if a controller has removed them or stopped keepalived', async () => {
    const one = amphora();
    one.keepalived.interfaces.clear();
    one.keepalived.config = vrrp('192.0.2.3');
    expect(await faultsOf(one)).toEqual([]);
    one.keepalived.config = vrrp('192.0.2.1');
    one.states.set(KEEPALIVED_SERVICE, 'inactive');
    expect(await faultsOf(one)).toEqual([]);
  });
});

describe('the trial of the new programs', () => {
  it('has no fault when a controller deletes a load balancer meanwhile', async () => {
    const { configs, context } = amphora();
    configs.delete(SECOND);
    await expect(tryInstalled(context, BEFORE)).resolves.toBeUndefined();
  });

  it('covers a load balancer that came after the upgrade began, and none that was refused before it', async () => {
    const { configs, context } = amphora();
    configs.set(SECOND, 'refused');
    await expect(tryInstalled(context, { ...BEFORE, refused: [SECOND] })).resolves.toBeUndefined();
    await expect(tryInstalled(context, { ...BEFORE, serving: [] })).rejects.toThrow(
      `the new haproxy refuses the configuration of load balancer ${SECOND}`,
    );
  });
});

describe('the renewal of keepalived', () => {
  it('starts a failed one again, and leaves one that a controller stopped', async () => {
    const { states, restarted, context } = amphora();
    states.set(KEEPALIVED_SERVICE, 'inactive');
    await renewKeepaliveds(context, true);
    expect(restarted).toEqual([]);
    states.set(KEEPALIVED_SERVICE, 'failed');
    await renewKeepaliveds(context, true);
    expect(restarted).toEqual([`restart ${KEEPALIVED_SERVICE}.service`]);
  });
});

describe('the renewal of the metrics proxy', () => {
  it('restarts one that runs a replaced program', async () => {
    const one = amphora();
    await renewMetricsProxy(one.context);
    one.isReplaced = true;
    await renewMetricsProxy(one.context);
    expect(one.restarted).toEqual([]);
    one.states.set(METRICS_PROXY_SERVICE, 'active');
    await renewMetricsProxy(one.context);
    expect(one.restarted).toEqual([`restart ${METRICS_PROXY_SERVICE}.service`]);
  });
});
