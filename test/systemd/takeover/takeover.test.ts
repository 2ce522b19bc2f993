import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { BUILT } from './built-amphora.ts';
import { type TakeoverFindings, takeoverFindings } from './takeover-findings.ts';

const TIME_LIMIT_MS = 600_000;

describe("an amphora of Debian's octavia-agent that this agent takes over under real systemd", () => {
  let found: TakeoverFindings;

  beforeAll(async () => {
    found = takeoverFindings.parse(
      await runUnderSystemd('test/systemd/takeover/takeover-scenario.ts', TIME_LIMIT_MS, 'systemd-peer'),
    );
  }, TIME_LIMIT_MS);

  it('was built by the other agent', () => {
    expect(found.built).toEqual(BUILT);
  });

  it('keeps every process, address, route, rule and file', () => {
    const { files, ...before } = found.before;
    expect(found.after).toMatchObject(before);
    expect(found.after.files).toMatchObject(files);
    const added = Object.keys(found.after.files).filter((file) => !(file in files));
    // our own: of the DHCP client, the programs of health checks, what every check of haproxy reads, and the configuration
    // that runs, kept to be rolled back to
    const own =
      /^\/var\/lib\/octavia\/(?:(?:bin|dhcp|[0-9a-f-]{36}\/history)\/|(?:ping-wrapper\.sh|haproxy-check\.conf|haproxy-hard-stop\.conf)$)/;
    expect(added.filter((file) => !own.test(file))).toEqual([]);
    expect(found.before.haproxy.worker).toBeGreaterThan(1);
    expect(found.before.keepalived.children).not.toBe('');
  });

  it('has a DHCP client for its addresses after the client of the other agent ended', () => {
    const [theirs, ours] = found.dhcp;
    expect(theirs).toMatch(/^\d+$/);
    expect(ours).toMatch(/^\d+$/);
    expect(ours).not.toBe(theirs);
  });

  it('sends signed heartbeats of version 3, numbered from 0 by each agent', () => {
    for (const messages of found.heard) {
      expect(messages.map((message) => message?.seq)).toEqual(messages.map((_, index) => index));
      expect(messages.every((message) => message?.ver === 3)).toBe(true);
    }
    const { listener, pool, members } = found.model;
    for (const messages of found.heard) {
      expect(messages.at(-1)).toMatchObject({
        listeners: { [listener]: { status: 'OPEN' } },
        pools: {
          [`${pool}:${listener}`]: {
            status: 'UP',
            members: Object.fromEntries(members.map((member) => [member, 'UP'])),
          },
        },
      });
    }
  });

  it("reports each byte and connection once: the heartbeats of both agents add up to haproxy's total", () => {
    const stats = found.heard
      .flat()
      .flatMap((message) => message?.listeners[found.model.listener]?.stats ?? []);
    const sum = (name: 'tx' | 'rx' | 'ereq' | 'totconns'): number =>
      stats.reduce((total, one) => total + one[name], 0);
    expect({ tx: sum('tx'), rx: sum('rx'), ereq: sum('ereq'), totconns: sum('totconns') }).toEqual(
      found.total,
    );
    expect(found.total.tx).toBeGreaterThan(0);
  });

  it('reports the traffic of the gap in the first heartbeat', () => {
    const first = found.heard[1]?.[0]?.listeners[found.model.listener];
    expect(first?.stats.totconns).toBe(3);
  });

  it('comes up at a boot without the scripts of the other agent, masqueraded by ours', () => {
    const { output, before, after, own } = found.boot;
    expect(output).toMatch(/exit 0$/);
    expect(after).toBe(before);
    expect(own.replace(before, '')).toMatch(/oifname "eth2".*masquerade/);
  });

  it('reloads a haproxy that has no master socket', () => {
    expect(found.reload).toEqual({
      said: { reload_listener: 202 },
      sameMaster: true,
      sameWorker: false,
      masterSocket: false,
    });
  });

  it('answers with the output of haproxy when it cannot bind', () => {
    const { status, body, served } = found.bindConflict;
    expect({ status, served }).toEqual({ status: 500, served: true });
    expect(body).toMatch(/cannot bind socket[\s\S]*rolled back to [0-9a-f]{32}/);
  });

  it('accepts a new configuration', () => {
    expect(found.upload.said).toEqual({ upload_config: 202, reload_listener: 202 });
    expect(found.upload.answers).toEqual(Array.from({ length: 4 }, () => 'member1 answers /\n'));
  });

  it('has a haproxy with a master socket after a stop and a start', () => {
    expect(found.restart).toEqual({
      said: { stop: 202, start_listener: 202, reload_listener: 202 },
      masterSocket: true,
      answer: 'member1 answers /\n',
    });
  });

  it('can be plugged again with other addresses, from the files of the other agent', () => {
    expect(found.networks.said).toEqual({ plug_vip: 'Conflict: Conflict', plug_network: 202 });
    expect(found.networks.addresses).toMatch(/10\.0\.2\.51\/24 10\.0\.2\.52\/24$/);
  });

  it('can reload its keepalived', () => {
    expect(found.vrrp).toEqual({ said: { upload_vrrp_config: 200, reload_vrrp: 202 }, sameMain: true });
  });

  it('returns to the other agent, which goes on counting', () => {
    const { said, sameMaster, heard } = found.back;
    expect(said).toEqual({
      get_all_listeners: JSON.stringify([{ status: 'ACTIVE', uuid: found.model.listener, type: 'HTTP' }]),
      plug_network: 202,
      reload_listener: 202,
      reload_vrrp: 202,
    });
    expect(sameMaster).toBe(true);
    expect(heard[0]).toMatchObject({
      seq: 0,
      listeners: { [found.model.listener]: { stats: { totconns: 2 } } },
    });
  });

  it('can be booted by the other agent, by Octavia 11 after the command in docs/takeover.md took two keys from the interface files', () => {
    const outcomes =
      found.octavia === 11 ? [/unexpected keyword argument 'if_type'\s+exit 2$/, /exit 0$/] : [/exit 0$/];
    expect(found.back.boots).toEqual(outcomes.map((outcome) => expect.stringMatching(outcome)));
  });

  it('can be taken over again and deleted', () => {
    const { said, heard, unit, files } = found.forth;
    expect(heard[0]).toMatchObject({
      seq: 0,
      listeners: { [found.model.listener]: { stats: { totconns: 1 } } },
    });
    expect(said).toEqual({
      reload_listener: 202,
      delete_listener: 200,
      get_all_listeners: '[]',
      stop_vrrp: 202,
    });
    expect({ unit, files }).toEqual({ unit: 'not-found', files: [] });
  });

  it('has no state file of the other agent: a haproxy that crashes starts with its configuration', () => {
    const { theirs, ours, ports } = found.forth.states;
    expect(theirs).toContain(found.model.members[0]);
    expect(ours).toBe('1\n');
    expect(ports).toEqual(found.model.members.map(() => '81'));
  });
});
