import { INSTALLED_LINKS, LIBRARY } from './installation-tree.ts';
import { CHANGE, DESCRIPTION, HOMEPAGE, NAME, SUMMARY } from './package-description.ts';

/** Node's names of processors, and RPM's. */
export const RPM_ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' } as const;

/** What is in the package beside the agent itself. */
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
  /** absolute names of all files, links excepted */
  readonly files: readonly string[];
  /** names without a slash, and their text */
  readonly scriptlets: Readonly<Record<'pre' | 'post' | 'preun' | 'postun', string>>;
}

/** By the names of CentOS Stream 10 and Rocky Linux 10. */
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
/** What the scriptlets call. rpm installs these before, and removes them after this package. */
const SCRIPTLETS_REQUIRE = {
  pre: ['coreutils'],
  post: ['coreutils', 'systemd'],
  preun: ['coreutils', 'systemd'],
  postun: ['coreutils', 'findutils', 'sed', 'systemd'],
};
/** The package of Octavia's own agent has files of the same names, which rpm can't set aside. */
const CONFLICTS = 'openstack-octavia-amphora-agent';
/** The file is made by the first start (or by %post), and removed with the package. */
const GHOST = `/${LIBRARY}/agent.js.cache`;
const OWN_DIRECTORY = /\/(?:amphora-agent|logrotate\.(?:service|timer)\.d)(?=\/)/;

/** The version of a package as RPM compares it: `1.0.0-rc.1` comes before `1.0.0` only as `1.0.0~rc.1`. */
export const rpmVersion = (version: string): string => version.replaceAll('-', '~');

/** The licences of all that is in the package, as one SPDX expression. */
export function licenceExpression(components: readonly Component[]): string {
  const single = components.map(({ licence }) => (/ OR /.test(licence) ? `(${licence})` : licence));
  return ['Apache-2.0', ...new Set(single.filter((licence) => licence !== 'Apache-2.0').sort())].join(
    ' AND ',
  );
}

/**
 * The spec file (https://rpm-software-management.github.io/rpm/manual/spec.html) of a tree that is already laid out. rpmbuild gets the
 * folder of that tree as the macro `staged`.
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
    // Node.js is a finished binary: nothing is stripped, compressed or searched for requirements.
    'AutoReqProv: no',
    '%global debug_package %{nil}',
    '%global __os_install_post %{nil}',
    '%global _build_id_links none',
    ...tag('Requires', REQUIRES),
    ...Object.entries(SCRIPTLETS_REQUIRE).flatMap(([name, values]) => tag(`Requires(${name})`, values)),
    ...tag('Recommends', RECOMMENDS),
    `Conflicts: ${CONFLICTS}`,
    ...components.map((component) => `Provides: ${bundled(component)}`),
  ];
}

/** https://docs.fedoraproject.org/en-US/packaging-guidelines/#bundling */
function bundled({ name, version }: Component): string {
  const provided = name.startsWith('node-linux-') ? 'nodejs' : `npm(${name})`;
  return `bundled(${provided}) = ${rpmVersion(version)}`;
}

/** rpmbuild replaces macros in scriptlets too. */
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

/** The directories of a file which no other package has. */
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

/** `Tue Nov 14 2023` */
function changeDate(time: number): string {
  const [weekday = '', day, month, year] = new Date(time * 1000).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${month} ${day} ${year}`;
}
