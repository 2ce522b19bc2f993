import type { Family } from '../interop/driver/model.ts';

/** Answers in which the agents differ on purpose. docs/api.md has a row for each in "Differences from the Python agent". */
export interface Difference {
  /** names of steps of the scenario */
  readonly steps: readonly string[];
  /** the families in which it shows; default: all */
  readonly families?: readonly Family[];
  /** the parts that differ, as differentParts() names them; no other part may */
  readonly parts: readonly string[];
  /** the reason for our answer */
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    steps: ['get_details of a new amphora'],
    parts: ['active_tuned_profiles', 'cpu_count'],
    why: 'ours has `cpu_count` and `active_tuned_profiles`, as newer agents of Octavia do',
  },
  {
    steps: ['get_details with UDP'],
    parts: ['active_tuned_profiles', 'cpu_count', 'haproxy_count'],
    why: 'besides these two fields, 11.0.0 looks for load balancers under the ids of their listeners: its `haproxy_count` is always 0',
  },
  {
    steps: ['plug_vip without a gateway', 'plug_network without a MAC'],
    parts: ['details'],
    why: 'ours says in `details` what is missing',
  },
  {
    steps: ['get_interface of the other address'],
    families: ['IPv4', 'dual stack'],
    parts: ['status'],
    why: 'when the old IPv4 address goes, the kernel also removes the new one, its secondary; 11.0.0 does not add it again',
  },
  {
    steps: ['get_interface of the VRRP address, written in full'],
    families: ['IPv6'],
    parts: ['status'],
    why: '11.0.0 finds an IPv6 address in its short spelling only',
  },
  {
    steps: ['upload_cert_pem under a name that goes on after .pem'],
    parts: ['status'],
    why: '11.0.0 accepts every name that contains `.pem`',
  },
  {
    steps: ['start_listener of an id that is no UUID'],
    parts: ['status'],
    why: 'ours checks the id before anything else, because it becomes a path and the name of a unit',
  },
  {
    steps: [
      'upload_udp_config of nothing',
      'upload_udp_config that ends too early',
      'upload_vrrp_config of nothing',
    ],
    parts: ['status'],
    why: '11.0.0 stores every body, and keepalived fails at its next start; ours answers 400 and keeps the old configuration',
  },
  {
    steps: ['start_vrrp before the upload'],
    parts: ['details'],
    why: '`details` is the output of the service manager, which is not systemd in this suite',
  },
  {
    steps: [
      'put interface/IP/rules',
      'put interface/IP/rules with port 0',
      'put interface/IP/rules of no address',
    ],
    parts: ['status'],
    why: '11.0.0 has no packet filter; newer agents of Octavia have one',
  },
  {
    steps: ['update_agent_config without an amphora id'],
    parts: ['status'],
    why: '11.0.0 checks only the format of the file',
  },
  {
    steps: ['update_cert_for_rotation of no certificate', 'get_info after that'],
    parts: ['status'],
    why: '11.0.0 stores it, and no connection succeeds any more',
  },
];
