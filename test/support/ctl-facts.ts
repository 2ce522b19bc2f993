import type { StatisticsFacts, StatusFacts } from '../../src/schemas/ctl-facts.ts';

/** The status of an amphora with a load balancer and a UDP listener, which isn't ready. */
export const STATUS: StatusFacts = {
  amphora: 'amp',
  hostname: 'host',
  time: '2026-11-28T10:00:02.000Z',
  versions: { agent: '0.2.0', haproxy: '2.6.12', keepalived: '2.2.7' },
  uptime_seconds: 7500,
  ready: false,
  reasons: ['keepalived is down'],
  notes: ['one NIC is slow'],
  load_balancers: [
    {
      id: 'lb',
      state: 'serves',
      vips: ['10.0.1.100'],
      listeners: [{ id: 'lsn', status: 'OPEN', connections: 3 }],
      pools: [{ id: 'pool', status: 'UP', listener: 'lsn', members: [{ id: 'one', status: 'UP' }] }],
    },
  ],
  udp_and_sctp_listeners: [{ id: 'udp', status: 'ACTIVE' }],
  certificates: [{ file: 'server.pem', days_left: 29 }],
  reloads: {
    avoided: { members: 3 },
    needed: { 'other lines': 1 },
    recent: [{ time: 'T', load_balancer: 'lb', result: 'done', detail: 'other lines' }],
  },
  heartbeats: { sent: 7, failed: 1, seconds_since_last: 2 },
};

const UNKNOWN_MEMBER = {
  ...{ address: null, weight: null, sessions: null, queue: null, session_rate: null },
  ...{ sessions_total: null, check: null, changed_seconds: null },
};

/** The traffic of that amphora. */
export const STATISTICS: StatisticsFacts = {
  time: '2026-11-28T10:00:02.000Z',
  agent: { uptime_seconds: 7500, memory_bytes: 61 * 1024 * 1024 },
  load_balancers: [
    {
      id: 'lb',
      answers: true,
      listeners: [
        {
          ...{ id: 'lsn', status: 'OPEN', sessions: 3, session_rate: 5, sessions_total: 40 },
          ...{ bytes_in: 4096, bytes_out: 200, errors: 0 },
        },
      ],
      members: [
        {
          ...{ id: 'one', pool: 'pool', listener: 'lsn', address: '10.0.2.21:80', status: 'UP' },
          ...{ weight: 1, sessions: 2, queue: 0, session_rate: 4, sessions_total: 20 },
          ...{ check: 'L7OK 200', changed_seconds: 60 },
        },
      ],
    },
  ],
  udp_and_sctp_listeners: [
    {
      ...{ id: 'udp', answers: true },
      listeners: [
        {
          ...{ id: 'udp', status: 'ACTIVE', sessions: null, session_rate: null, sessions_total: null },
          ...{ bytes_in: null, bytes_out: null, errors: null },
        },
      ],
      members: [{ id: 'two', pool: 'pool', listener: 'udp', status: 'UP', ...UNKNOWN_MEMBER }],
    },
  ],
};
