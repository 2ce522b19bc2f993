import { INSTALLED_LINKS, LIBRARY } from '../installation-tree.ts';
import { CHANGE, DESCRIPTION, HOMEPAGE, NAME, SUMMARY } from '../package-description.ts';

/** RPM's names of processors, by Node's names. */
export const RPM_ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' } as const;

/** A component that the package bundles with the agent. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** an SPDX expression */
  readonly licence: string;
}

export interface SpecRequest {
  readonly version: string;
  readonly maintainer: string;
  /** seconds since 1970 */
  readonly time: number;
  readonly components: readonly Component[];
  /** absolute names of all files except links */
  readonly files: readonly string[];
  /** names without a slash, with their texts */
  readonly scriptlets: Readonly<Record<'pre' | 'post' | 'preun' | 'postun', string>>;
}

/** The required packages, by their names in CentOS Stream 10 and Rocky Linux 10. */
const REQUIRES = [
  'haproxy',
  'keepalived',
  'iproute',
  'nftables',
  'iputils',
  'libndp',
  'procps-ng',
  'kmod',
  'systemd',
  '/usr/bin/env',
  '/usr/bin/perl',
  'perl(Socket)',
  'glibc >= 2.28',
  'libstdc++',
  '(dhcpcd or dhcp-client)',
];
const RECOMMENDS = ['ipvsadm', 'logrotate', 'rsyslog'];
/** tcpdump: for captures of packets. */
const SUGGESTS = ['tcpdump'];
/** The packages whose programs the scriptlets call. rpm installs them before this package, and removes them after it. */
const SCRIPTLETS_REQUIRE = {
  pre: ['coreutils'],
  post: ['coreutils', 'systemd'],
  preun: ['coreutils', 'systemd'],
  postun: ['coreutils', 'findutils', 'sed', 'systemd'],
};
/** The package of Octavia's own agent. It has files with the same names, and rpm can't divert them. */
const CONFLICTS = 'openstack-octavia-amphora-agent';
/** The cache of compiled code. The first start (or %post) makes the file, and rpm removes it with the package. */
const GHOST = `/${LIBRARY}/agent.js.cache`;
const OWN_DIRECTORY = /\/(?:amphora-agent|logrotate\.(?:service|timer)\.d)(?=\/)/;

/** Returns a version in RPM's notation: RPM sorts `1.0.0-rc.1` before `1.0.0` only if it is written `1.0.0~rc.1`. */
export const rpmVersion = (version: string): string => version.replaceAll('-', '~');

/** Returns the licences of all parts of the package as one SPDX expression. */
export function licenceExpression(components: readonly Component[]): string {
  const single = components.map(({ licence }) => (/ OR /.test(licence) ? `(${licence})` : licence));
  return ['Apache-2.0', ...new Set(single.filter((licence) => licence !== 'Apache-2.0').sort())].join(
    ' AND ',
  );
}

/**
 * Returns the spec file (https://rpm-software-management.github.io/rpm/manual/spec.html) of a finished tree. rpmbuild gets the folder
 * of that tree as the macro `staged`.
 */
export function specText(request: SpecRequest): string {
  return [
    ...preamble(request),
    '',
    '%description',
    ...DESCRIPTION,
    '',
    '%install',
    'mkdir -p %{buildroot}',
    "cp -a '%{staged}'/. %{buildroot}/",
    ...Object.entries(request.scriptlets).flatMap(([name, text]) => [
      '',
      `%${name}`,
      escaped(text).trimEnd(),
    ]),
    '',
    '%files',
    ...fileLines(request.files),
    '',
    '%changelog',
    `* ${changeDate(request.time)} ${request.maintainer} - ${rpmVersion(request.version)}-1`,
    `- ${CHANGE}`,
    '',
  ].join('\n');
}

function preamble({ version, maintainer, components }: SpecRequest): string[] {
  const tag = (name: string, values: readonly string[]): string[] =>
    values.map((value) => `${name}: ${value}`);
  return [
    `Name: ${NAME}`,
    `Version: ${rpmVersion(version)}`,
    'Release: 1',
    `Summary: ${SUMMARY.charAt(0).toUpperCase()}${SUMMARY.slice(1)}`,
    `License: ${licenceExpression(components)}`,
    `URL: ${HOMEPAGE}`,
    `Packager: ${maintainer}`,
    // Node.js is a finished binary: rpmbuild must not strip it, compress files or search for requirements.
    'AutoReqProv: no',
    '%global debug_package %{nil}',
    '%global __os_install_post %{nil}',
    '%global _build_id_links none',
    ...tag('Requires', REQUIRES),
    ...Object.entries(SCRIPTLETS_REQUIRE).flatMap(([name, values]) => tag(`Requires(${name})`, values)),
    ...tag('Recommends', RECOMMENDS),
    ...tag('Suggests', SUGGESTS),
    `Conflicts: ${CONFLICTS}`,
    ...components.map((component) => `Provides: ${bundled(component)}`),
  ];
}

/** Returns the Provides of a bundled component (https://docs.fedoraproject.org/en-US/packaging-guidelines/#bundling). */
function bundled({ name, version }: Component): string {
  const provided = name.startsWith('node-linux-') ? 'nodejs' : `npm(${name})`;
  return `bundled(${provided}) = ${rpmVersion(version)}`;
}

/** Escapes a scriptlet, because rpmbuild replaces macros in scriptlets too. */
const escaped = (text: string): string => text.replaceAll('%', '%%');

function fileLines(files: readonly string[]): string[] {
  const links = INSTALLED_LINKS.map(({ at }) => `/${at}`);
  const directories = new Set(files.flatMap(ownDirectories));
  return [
    '%defattr(-,root,root)',
    ...[...directories].sort().map((name) => `%dir %attr(0755,root,root) ${name}`),
    ...[...files, ...links].sort().map((name) => `${attribute(name)}${name}`),
    `%ghost %attr(0644,root,root) ${GHOST}`,
  ];
}

/** Returns the directories of a file that no other package has. */
function ownDirectories(file: string): string[] {
  const match = OWN_DIRECTORY.exec(file);
  if (match === null) return [];
  const first = match.index + match[0].length;
  const ends = [...file.matchAll(/\//g)].map(({ index }) => index).filter((index) => index >= first);
  return ends.map((end) => file.slice(0, end));
}

function attribute(name: string): string {
  if (name.startsWith('/etc/')) return '%config(noreplace) ';
  if (name.includes('/licenses/') || name.endsWith('licences')) return '%license ';
  if (name.startsWith('/usr/share/man/') || name.startsWith('/usr/share/doc/')) return '%doc ';
  return '';
}

/** Returns a date such as `Tue Nov 14 2023`. */
function changeDate(time: number): string {
  const [weekday = '', day, month, year] = new Date(time * 1000).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${month} ${day} ${year}`;
}
