import { describe, expect, it } from 'vitest';
import { type AmphoraHealth, readiness, readinessText } from '../../../../src/domain/health/readiness.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const HEARTBEAT: AmphoraHealth['heartbeat'] = {
  hasControllers: true,
  hasKey: true,
  intervalMs: 10_000,
  sinceSentMs: 9_000,
  sinceStartMs: 100_000,
};
const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const NEXT_YEAR = new Date('2027-11-28T12:00:00Z');
const DISK = { path: '/', availableBytes: 1e9, availableInodes: 1e6 };
const WELL: AmphoraHealth = {
  hasNamespace: true,
  missingInterfaces: [],
  downInterfaces: [],
  haproxys: [{ id: ID, state: 'serves' }],
  keepalived: 'runs',
  certificates: [{ name: 'server.pem', notBefore: LONG_AGO, notAfter: NEXT_YEAR }],
  heartbeat: HEARTBEAT,
  disks: [DISK],
  drift: [],
  unread: [],
};

describe('readiness', () => {
  it('has nothing against an amphora that serves', () => {
    expect(readiness(WELL, NOW)).toEqual({ reasons: [], notes: [] });
    expect(readinessText(readiness(WELL, NOW))).toBe('ready\n');
  });

  it.each<[string, Partial<AmphoraHealth>, RegExp]>([
    ['a missing namespace', { hasNamespace: false, missingInterfaces: ['eth1'] }, /^the network namespace/],
    ['a missing NIC', { missingInterfaces: ['eth2'] }, /^interface eth2 has a file but is not in/],
    ['an interface that is down', { downInterfaces: ['eth1'] }, /^interface eth1 is down/],
    ['a haproxy that hangs', { haproxys: [{ id: ID, state: 'silent' }] }, /runs but does not answer/],
    ['a haproxy that crashes', { haproxys: [{ id: ID, state: 'down' }] }, /does not run/],
    ['keepalived that is down', { keepalived: 'down' }, /^keepalived is configured but/],
    [
      'an expired certificate',
      { certificates: [{ name: 'a.pem', notBefore: LONG_AGO, notAfter: NOW }] },
      /a\.pem expired on 2026/,
    ],
    [
      'a certificate that is not valid yet',
      { certificates: [{ name: 'a.pem', notBefore: NEXT_YEAR, notAfter: NEXT_YEAR }] },
      /^certificate a\.pem is not valid before 2027.*, and the clock shows 2026.*: correct the clock/,
    ],
    [
      'authorities of controllers that expired',
      { certificates: [{ name: 'ca.pem', signs: 'controllers', notBefore: LONG_AGO, notAfter: NOW }] },
      /^the authorities of controllers in ca\.pem \(agent_server_ca\) expired, .* refuses all controllers: put/,
    ],
    [
      'authorities of monitors that are not valid yet',
      {
        certificates: [
          { name: 'm.pem', signs: 'clients for monitoring', notBefore: NEXT_YEAR, notAfter: NEXT_YEAR },
        ],
      },
      /^the authorities of clients for monitoring in m\.pem \(agent_monitor_ca\) are not valid before 2027/,
    ],
    [
      'a part that takes too long',
      { unread: [{ what: 'the interfaces', fault: 'it takes longer than 5 s' }] },
      /^the interfaces can't be read: it takes longer than 5 s: amphora-agent check names/,
    ],
    [
      'a part without file descriptors',
      { unread: [{ what: 'the certificates', fault: 'EMFILE: too many open files' }] },
      /^the certificates can't be read: EMFILE.*: restart amphora-agent\.service$/,
    ],
    [
      'no state of a haproxy once',
      {
        haproxys: [{ id: ID, state: 'unknown' }],
        keepalived: 'unknown',
        unread: [{ what: `the processes of load balancer ${ID}`, fault: 'systemctl:\nnot installed\n' }],
      },
      /^the processes of load balancer \S+ can't be read: systemctl: not installed: /,
    ],
    ['no controller', { heartbeat: { ...HEARTBEAT, hasControllers: false } }, /^no controller is listed/],
    ['no key', { heartbeat: { ...HEARTBEAT, hasKey: false } }, /^heartbeat_key is missing/],
    [
      'a late heartbeat',
      { heartbeat: { ...HEARTBEAT, sinceSentMs: 31_000 } },
      /^no heartbeat was sent for 31 s/,
    ],
    [
      'why heartbeats fail',
      {
        heartbeat: {
          ...HEARTBEAT,
          sinceSentMs: 31_000,
          lastFailure: { destination: '10.0.0.1:5555', error: 'send ENETUNREACH 10.0.0.1:5555' },
        },
      },
      /^no heartbeat was sent for 31 s, the last one to 10\.0\.0\.1:5555 failed \(send ENETUNREACH.*\): see the routes/,
    ],
    [
      'no heartbeat at all',
      { heartbeat: { ...HEARTBEAT, sinceSentMs: undefined } },
      /^no heartbeat was sent since the start/,
    ],
    ['a full disk', { disks: [{ ...DISK, availableBytes: 1e6 }] }, /^the disk of \/ is full: 0 MiB/],
    ['a disk without inodes', { disks: [{ ...DISK, availableInodes: 5 }] }, /only 5 inodes left/],
  ])('names %s', (_name, changed, reason) => {
    const judged = readiness({ ...WELL, ...changed }, NOW);
    expect(judged.reasons).toEqual([expect.stringMatching(reason)]);
    expect(readinessText(judged)).toBe(`not ready\n- ${judged.reasons[0]}\n`);
  });

  it('waits for the first heartbeats after the start of the agent', () => {
    const heartbeat = { ...HEARTBEAT, sinceSentMs: undefined, sinceStartMs: 9_000 };
    expect(readiness({ ...WELL, heartbeat }, NOW).reasons).toEqual([]);
  });

  it('notes a load balancer that is stopped, a certificate that expires soon, and an old authority', () => {
    const haproxys = [{ id: ID, state: 'stopped' }] as const;
    const certificates = [
      { name: 'a.pem', notBefore: LONG_AGO, notAfter: new Date('2026-12-01T12:00:00Z') },
      { name: 'ca.pem', signs: 'controllers', notBefore: LONG_AGO, notAfter: NEXT_YEAR, expired: [LONG_AGO] },
    ] as const;
    const judged = readiness({ ...WELL, haproxys, certificates }, NOW);
    expect(judged.reasons).toEqual([]);
    expect(readinessText(judged)).toBe(
      `ready\nnote: load balancer ${ID} is stopped: a controller stopped it or has not started it yet\nnote: certificate a.pem expires in 3 days\nnote: an authority of controllers in ca.pem expired on 2020-01-01T00:00:00.000Z: remove it\n`,
    );
  });
});
