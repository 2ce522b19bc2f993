import path from 'node:path';
import { MANUAL_PAGES } from './documents/man-pages.ts';

/** A file of an installed agent. Its paths don't begin with a slash. */
export interface InstalledFile {
  /** path in the sources (`systemd/…`), the build (`build/…`) or the documents (`documents/…`); `node`: the runtime */
  readonly from: string;
  /** path relative to the root of the system */
  readonly to: string;
  readonly mode: 0o644 | 0o755;
}

/** A symbolic link on PATH and its target. */
export interface InstalledLink {
  readonly at: string;
  readonly to: string;
}

const DOCUMENTS = 'usr/share/doc/amphora-agent';
export const LIBRARY = 'usr/lib/amphora-agent';
const UNITS = 'usr/lib/systemd/system';

const program = (from: string, name: string): InstalledFile => ({
  from,
  to: `${LIBRARY}/${name}`,
  mode: 0o755,
});
const configuration = (from: string, to: string): InstalledFile => ({ from, to, mode: 0o644 });
const unit = (from: string): InstalledFile => configuration(from, `${UNITS}/${path.basename(from)}`);

/** The files of this agent in a Debian package and in an image. */
export const INSTALLED_FILES: readonly InstalledFile[] = [
  program('node', 'node'),
  program('build/amphora-agent.cjs', 'amphora-agent.cjs'),
  configuration('build/agent.js', `${LIBRARY}/agent.js`),
  configuration('build/heartbeat.js', `${LIBRARY}/heartbeat.js`),
  configuration('build/systeminformation.cjs', `${LIBRARY}/systeminformation.cjs`),
  program('build/bin/haproxy-vrrp-check', 'bin/haproxy-vrrp-check'),
  program('build/bin/amphora-health-checker', 'bin/amphora-health-checker'),
  program('build/bin/page-out', 'bin/page-out'),
  program('build/bin/ping-wrapper.sh', 'bin/ping-wrapper.sh'),
  unit('systemd/amphora-agent.service'),
  unit('systemd/amphora-agent.path'),
  unit('systemd/amphora-netns-add.service'),
  unit('build/amphora-netns.service'),
  unit('systemd/prometheus-proxy.service'),
  unit('systemd/prometheus-proxy.socket'),
  configuration('systemd/logrotate/service.conf', `${UNITS}/logrotate.service.d/amphora-agent.conf`),
  configuration('systemd/logrotate/timer.conf', `${UNITS}/logrotate.timer.d/amphora-agent.conf`),
  configuration('systemd/logrotate/sizes.conf', 'etc/logrotate-amphora.conf'),
  configuration('systemd/journald/amphora-agent.conf', 'usr/lib/systemd/journald.conf.d/amphora-agent.conf'),
  configuration('systemd/modules-load/amphora-agent.conf', 'usr/lib/modules-load.d/amphora-agent.conf'),
  configuration('systemd/sysctl/60-amphora-agent.conf', 'usr/lib/sysctl.d/60-amphora-agent.conf'),
  configuration('systemd/tmpfiles/amphora-agent.conf', 'usr/lib/tmpfiles.d/amphora-agent.conf'),
  configuration('systemd/rsyslog/05-amphora-agent.conf', 'etc/rsyslog.d/05-amphora-agent.conf'),
  configuration('systemd/rsyslog/49-amphora-socket.conf', 'etc/rsyslog.d/49-amphora-socket.conf'),
  configuration('documents/copyright', `${DOCUMENTS}/copyright`),
  ...MANUAL_PAGES.map((command) =>
    configuration(`documents/man/${command}.8.gz`, `usr/share/man/man8/${command}.8.gz`),
  ),
  configuration('documents/bash-completion', 'usr/share/bash-completion/completions/amphora-agent'),
  configuration('documents/changelog.gz', `${DOCUMENTS}/changelog.gz`),
  configuration('documents/lintian-overrides', 'usr/share/lintian/overrides/amphora-agent'),
  configuration('build/sbom.cdx.json', `${DOCUMENTS}/sbom.cdx.json`),
  configuration('build/LICENCES', `${DOCUMENTS}/third-party-licences`),
];

/** Absolute names of the files that an operator may change. They stay on the disk when the package is removed. */
export const CONFFILES: readonly string[] = INSTALLED_FILES.filter(({ to }) => to.startsWith('etc/')).map(
  ({ to }) => `/${to}`,
);

/** The units that a package enables, with one call for each. */
export const ENABLED_UNITS = [
  'amphora-agent.path',
  'amphora-agent.service',
  'amphora-netns.service',
  'prometheus-proxy.socket',
];

const AGENT = '../lib/amphora-agent/amphora-agent.cjs';

export const INSTALLED_LINKS: readonly InstalledLink[] = [
  { at: 'usr/bin/amphora-agent', to: AGENT },
  { at: 'usr/bin/amphora-interface', to: AGENT },
  { at: 'usr/bin/prometheus-proxy', to: AGENT },
  { at: 'usr/bin/haproxy-vrrp-check', to: '../lib/amphora-agent/bin/haproxy-vrrp-check' },
  { at: 'usr/bin/amphora-health-checker', to: '../lib/amphora-agent/bin/amphora-health-checker' },
];

/** The absolute paths that Octavia's own agent uses too: Debian's python3-octavia and octavia-agent, and images. */
export const SHARED_NAMES: readonly string[] = INSTALLED_LINKS.map(({ at }) => `/${at}`);
