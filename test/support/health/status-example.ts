import type { AmphoraStatus } from '../../../src/domain/health/amphora-status.ts';

const RATES = { bytes_in: [100, null, 300], bytes_out: [1000, null, 2_000_000], sessions: [1, null, 2.5] };

/** The status of an amphora with a member that fails, a VIP that the peer has, and a reload that failed. */
export const STATUS: AmphoraStatus = {
  amphora: '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f',
  hostname: 'amphora-1',
  time: '2026-11-28T12:00:00.000Z',
  versions: { agent: '1', haproxy: '2.6', keepalived: '2.2' },
  uptime_seconds: 7300,
  ready: false,
  reasons: ['interface eth2 is down: amphora-interface up eth2'],
  notes: [],
  attention: ['member M1 is down'],
  vips: [
    { address: '10.0.0.5', holder: 'the peer', interface: null },
    { address: '10.0.0.6', holder: 'this amphora', interface: 'eth1' },
  ],
  vrrp: [
    {
      ...{ instance: 'I', interface: 'eth1', peers: ['10.0.0.12'], state: 'BACKUP' },
      since: '2026-11-28T11:00:00.000Z',
      detail: '',
    },
  ],
  load_balancers: [
    {
      ...{ id: 'LB', state: 'serves', vips: ['10.0.0.5'] },
      listeners: [{ id: 'L', status: 'OPEN', connections: 3, traffic: RATES }],
      pools: [
        {
          ...{ id: 'P', listener: 'L', status: 'UP' },
          members: [
            {
              ...{ id: 'M1', status: 'DOWN', address: '10.1.0.1:80', sessions: 0, seconds_since_change: 190 },
              check: {
                status: 'L7STS',
                description: 'Layer7 wrong status',
                detail: '503 Service Unavailable',
              },
            },
            {
              ...{ id: 'M2', status: 'no check', address: null, sessions: 2, seconds_since_change: 5 },
              check: null,
            },
          ],
        },
      ],
    },
  ],
  udp_and_sctp_listeners: [
    {
      ...{ id: 'U', status: 'ACTIVE', vips: ['10.0.0.5'], connections: null, traffic: null },
      pool: null,
    },
  ],
  traffic_slot_seconds: 30,
  certificates: [{ file: 'a.pem', expires: '2026-11-29T12:00:00.000Z', days_left: 1 }],
  reloads: {
    avoided: { members: 2 },
    needed: { 'other lines': 1 },
    recent: [
      {
        ...{
          time: '2026-11-28T11:30:00.000Z',
          load_balancer: 'LB',
          result: 'failed (other lines), rolled back',
        },
        rollback: 'rolled back',
        detail: 'the line retries of a section defaults',
      },
    ],
  },
  drift: {
    ...{ mode: 'report', interval_seconds: 60, checked_at: '2026-11-28T11:59:00.000Z' },
    items: [
      {
        ...{ kind: 'address', object: 'eth1', wanted: '10.0.0.5/24', seen: 'missing', weight: 'fault' },
        ...{ since: '2026-11-28T11:58:00.000Z', repair: 'add it', repairs_last_hour: 0, gave_up: false },
      },
    ],
    unseen: [],
  },
  upgrade: {
    ...{ id: '0123456789abcdef', phase: 'returning', result: 'returned', reason: 'no heartbeat was sent' },
    ...{ requested_at: '2026-11-28T11:10:00.000Z', ended_at: '2026-11-28T11:13:00.000Z' },
    packages: [{ name: 'haproxy', from: '2.6.12-1', to: '2.6.12-2' }],
  },
  failed_changes: [
    {
      ...{ time: '2026-11-28T11:20:00.000Z', method: 'PUT', path: '/1.0/certificate', status: 400 },
      ...{ client: 'CN=controller', reason: 'no key' },
    },
  ],
  heartbeats: {
    ...{ sent: 0, failed: 0, seconds_since_last: null, interval_seconds: 10 },
    ...{ destinations: ['10.0.0.2:5555'], note: 'UDP' },
  },
};

/** Returns the status with every text followed by a hostile one. */
export const withHostileTexts = (hostile: string): AmphoraStatus => hostileCopy(STATUS, hostile);

function hostileCopy<Value>(value: Value, hostile: string): Value {
  return JSON.parse(JSON.stringify(value), (_key, one: unknown) =>
    typeof one === 'string' ? `${one}${hostile}` : one,
  );
}
