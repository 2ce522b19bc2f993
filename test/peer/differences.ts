import type { Family } from '../interop/driver/model.ts';

/** What the two agents answer differently, on purpose. README's "Beside the Python agent" has a row for each. */
export interface Difference {
  /** names of steps of the scenario */
  readonly steps: readonly string[];
  /** where it shows; without it with every family */
  readonly families?: readonly Family[];
  /** what is different, as differentParts() names it, and nothing else may be */
  readonly parts: readonly string[];
  /** why ours is different */
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    steps: ['get_details of a new amphora'],
    parts: ['active_tuned_profiles', 'cpu_count'],
    why: 'newer agents have `cpu_count` and `active_tuned_profiles`, and so has ours',
  },
  {
    steps: ['get_details with UDP'],
    parts: ['active_tuned_profiles', 'cpu_count', 'haproxy_count'],
    why: 'beside these, 11.0.0 looks for load balancers under the ids of their listeners: its `haproxy_count` is always 0',
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
    why: 'with the old IPv4 address the kernel takes away the new one, its secondary; 11.0.0 leaves it so',
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
    why: '11.0.0 takes every name with a `.pem` somewhere in it',
  },
  {
    steps: ['start_listener of an id that is no UUID'],
    parts: ['status'],
    why: 'an id becomes a path and the name of a unit, so it is checked before anything else',
  },
  {
    steps: [
      'upload_udp_config of nothing',
      'upload_udp_config that ends too early',
      'upload_vrrp_config of nothing',
    ],
    parts: ['status'],
    why: '11.0.0 stores whatever comes and leaves it to the next start of keepalived; ours keeps the old one',
  },
  {
    steps: ['start_vrrp before the upload'],
    parts: ['details'],
    why: '`details` are the words of the service manager, which is not systemd where this suite runs',
  },
  {
    steps: [
      'put interface/IP/rules',
      'put interface/IP/rules with port 0',
      'put interface/IP/rules of no address',
    ],
    parts: ['status'],
    why: '11.0.0 has no packet filter yet; newer agents have',
  },
  {
    steps: ['update_agent_config without an amphora id'],
    parts: ['status'],
    why: '11.0.0 looks at the form of the file only',
  },
  {
    steps: ['update_cert_for_rotation of no certificate', 'get_info after that'],
    parts: ['status'],
    why: '11.0.0 stores it, and no connection succeeds any more',
  },
];
