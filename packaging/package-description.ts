/** The description of the agent in the packages of all distributions. */
export const NAME = 'amphora-agent';
export const HOMEPAGE = 'https://docs.openstack.org/octavia/latest/';
export const SUMMARY = 'daemon inside an OpenStack Octavia amphora';
/** in lines of at most 75 characters */
export const DESCRIPTION: readonly string[] = [
  "Plugs networks, runs haproxy and keepalived as Octavia's controllers ask",
  'over mutual TLS, and sends them signed heartbeats. A drop-in for the agent',
  'of octavia-agent; Node.js is inside.',
];
export const CHANGE = 'Built from the sources of this version; see their history for the changes.';
