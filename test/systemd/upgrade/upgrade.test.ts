import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type UpgradeFindings, upgradeFindings } from './upgrade-findings.ts';

/** How often the program of the upgrade is killed. `UPGRADE_KILLS=200 npm test -- systemd upgrade` takes about half an hour. */
const KILLS = Number(process.env['UPGRADE_KILLS'] ?? 4);
const KILL_MS = 60_000;
const TIME_LIMIT_MS = 1_500_000 + KILLS * KILL_MS;
const WHOLE = ['accepted', 'keeping', 'installing', 'checking', 'reloading', 'restarting', 'probing'];
/** Octavia's default of heartbeat_timeout: the amphora is replaced then. */
const HEARTBEAT_TIMEOUT_MS = 60_000;
/** Nothing is left to dpkg, and no file of the upgrade; the websocket from before all upgrades works. */
const CLEAN = {
  status: 202,
  details: '',
  audit: '',
  lost: 0,
  left: [],
  websocket: true,
  sameHaproxy: true,
  sameKeepalived: true,
};

describe('an upgrade of an amphora under systemd', () => {
  let found: UpgradeFindings;

  beforeAll(async () => {
    found = upgradeFindings.parse(
      await runUnderSystemd('test/systemd/upgrade/upgrade-scenario.ts', TIME_LIMIT_MS - 50_000, 'systemd', {
        UPGRADE_KILLS: `${KILLS}`,
      }),
    );
  }, TIME_LIMIT_MS);

  it('has the running haproxy execute a patched program, and keeps its master, the agent and open websockets', () => {
    expect(found.patched).toMatchObject({
      ...CLEAN,
      result: 'succeeded',
      reason: null,
      phases: WHOLE,
      sameAgent: true,
    });
    expect(found.haproxyBefore).toMatch(/^[\d.]+-1\b/);
    expect(found.patched.runs).toMatch(/^[\d.]+-7\b/);
    expect(found.patched.packages['haproxy']).toMatch(/\+patch7$/);
  });

  it('goes back before any reload if the new haproxy refuses a stored configuration', () => {
    const { refusing, patched } = found;
    expect(refusing).toMatchObject({ ...CLEAN, result: 'returned', sameAgent: true, runs: patched.runs });
    expect(refusing.reason).toMatch(
      /the new haproxy refuses the configuration of load balancer .*unknown keyword/,
    );
    expect(refusing.phases).toEqual(['accepted', 'keeping', 'installing', 'checking', 'returning']);
    expect(refusing.packages).toEqual(patched.packages);
  });

  it('replaces the agent itself, and touches neither haproxy nor keepalived', () => {
    expect(found.agent).toMatchObject({ ...CLEAN, result: 'succeeded', phases: WHOLE, sameAgent: false });
    expect(found.agent.packages['agent']).toBe('1.2.3+next');
    expect(found.agent.runs).toBe(found.patched.runs);
  });

  it.each(['crashing', 'silent'] as const)('goes back to the former agent if the new one is %s', (kind) => {
    expect(found[kind]).toMatchObject({ ...CLEAN, result: 'returned', phases: [...WHOLE, 'returning'] });
    expect(found[kind].reason).toBe('probing: the agent does not answer');
    expect(found[kind].packages).toEqual(found.agent.packages);
  });

  it('goes back to the former agent if the new one answers and sends no heartbeats', () => {
    expect(found.mute).toMatchObject({ ...CLEAN, result: 'returned', phases: [...WHOLE, 'returning'] });
    expect(found.mute.reason).toMatch(/^probing: .*heartbeat/);
    expect(found.mute.packages).toEqual(found.agent.packages);
  });

  it('sends heartbeats again before a controller takes the amphora for dead, when the agent is replaced', () => {
    expect(found.pauseMs).toBeLessThan(HEARTBEAT_TIMEOUT_MS);
    console.info(`no heartbeat for ${found.pauseMs} ms while the agent was replaced`);
  });

  it('can upgrade again after it went back, and leaves an agent that the bundle has in the installed version', () => {
    expect(found.again).toMatchObject({ ...CLEAN, result: 'succeeded', sameAgent: true });
    expect(found.again.runs).toMatch(/^[\d.]+-8\b/);
  });

  it('has a keepalived of another version run, and the VIP does not move', () => {
    expect(found.keepalived).toMatchObject({
      ...CLEAN,
      result: 'succeeded',
      sameKeepalived: false,
      sameAgent: true,
    });
    expect(found.pair).toEqual({ hasVip: true, peerWasMaster: false });
  });

  it('ends with all packages of one side when its program is killed at any moment', () => {
    expect(found.killed.filter(({ phase }) => phase !== 'ended')).toHaveLength(KILLS);
    for (const one of found.killed) {
      expect(one).toMatchObject({ isOne: true, lost: 0, audit: '' });
      expect(['succeeded', 'returned']).toContain(one.result);
    }
    const phases = Map.groupBy(found.killed, ({ phase }) => phase);
    console.info('killed in', Object.fromEntries([...phases].map(([phase, all]) => [phase, all.length])));
  });

  it('boots with the former packages after a power cut in the middle of the installation', () => {
    const { runs, package: version, ...rest } = found.powerCut;
    expect(rest).toEqual({
      ...{ result: 'returned', reason: 'the upgrade was interrupted' },
      ...{ audit: '', left: [], unit: 'written' },
    });
    expect(version).toMatch(new RegExp(`\\+patch${/-(.)/.exec(runs)?.[1]}$`));
  });

  it('loses no request', () => {
    expect(found.traffic.losses).toEqual([]);
    expect(found.traffic.answered).toBeGreaterThan(100);
  });

  it('has every end in the history and in the audit log', () => {
    expect(found.history).toEqual([
      ...['succeeded', 'succeeded', 'returned', 'returned', 'returned', 'succeeded', 'returned', 'succeeded'],
    ]);
    expect(found.latest.length).toBeGreaterThan(found.history.length);
    expect(found.audited).toEqual(found.latest);
  });
});
