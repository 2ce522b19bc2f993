import { DESCRIPTION, HOMEPAGE, NAME, SUMMARY } from '../package-description.ts';

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

export interface ControlRequest {
  readonly version: string;
  readonly processor: Processor;
  /** in the form `NAME <ADDRESS>` */
  readonly maintainer: string;
  /** total size of the files in bytes */
  readonly installedBytes: number;
}

/** Returns the control file of the Debian package (Debian policy, section 5.3). */
export function controlText({ version, processor, maintainer, installedBytes }: ControlRequest): string {
  return `Package: ${NAME}
Version: ${version}
Architecture: ${ARCHITECTURES[processor]}
Maintainer: ${maintainer}
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Depends: ${DEPENDS.join(', ')}
Recommends: ipvsadm, logrotate, rsyslog
Suggests: tcpdump
Section: net
Priority: optional
Homepage: ${HOMEPAGE}
Description: ${SUMMARY}
${DESCRIPTION.map(
  (line) => ` ${line}
`,
).join('')}`;
}
