import { MAINTAINER } from './debian-documents.ts';

/** Debian's names of processors, by Node's names. */
export const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' } as const;
export type Processor = keyof typeof ARCHITECTURES;

const DEPENDS = [
  'haproxy',
  'keepalived',
  'iproute2',
  'nftables',
  'iputils-arping',
  'iputils-ping',
  'libndp-tools',
  'procps',
  'kmod',
  'libc6 (>= 2.28)',
  'libstdc++6',
  'udhcpc | isc-dhcp-client | dhcpcd-base',
];

/**
 * Returns the control file of the Debian package (Debian policy, section 5.3).
 * @param installedBytes total size of the files in bytes
 */
export function controlText(version: string, processor: Processor, installedBytes: number): string {
  return `Package: amphora-agent
Version: ${version}
Architecture: ${ARCHITECTURES[processor]}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Depends: ${DEPENDS.join(', ')}
Recommends: ipvsadm, logrotate, rsyslog
Section: net
Priority: optional
Homepage: https://docs.openstack.org/octavia/latest/
Description: daemon inside an OpenStack Octavia amphora
 Plugs networks, runs haproxy and keepalived as Octavia's controllers ask
 over mutual TLS, and sends them signed heartbeats. A drop-in for the agent
 of octavia-agent; Node.js is inside.
`;
}
