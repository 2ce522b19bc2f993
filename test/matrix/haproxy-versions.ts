/** A release of haproxy, and who packages it. */
export interface HaproxyRelease {
  /** the first two numbers of its version */
  readonly version: string;
  readonly distribution: 'Debian' | 'Ubuntu';
  /** code names of the distribution's releases that may have it, the first choice first */
  readonly suites: readonly string[];
}

/** The oldest and the newest that are supported, and those of the distributions in between. */
export const RELEASES: readonly HaproxyRelease[] = [
  { version: '2.6', distribution: 'Debian', suites: ['bookworm'] },
  { version: '2.8', distribution: 'Ubuntu', suites: ['noble'] },
  { version: '3.0', distribution: 'Debian', suites: ['trixie'] },
  { version: '3.2', distribution: 'Debian', suites: ['forky', 'sid'] },
];

/** @throws Error one line with the choices, where the word is none of the releases */
export function parseRelease(word: string): HaproxyRelease {
  const release = RELEASES.find(({ version }) => version === word);
  if (release !== undefined) return release;
  throw new Error(`unknown haproxy: ${word} (choose ${RELEASES.map(({ version }) => version).join(', ')})`);
}

/** Where the packages of a release come from. */
export interface PackageSource {
  /** text of a sources.list */
  readonly text: string;
  /** file with the keys that sign the packages */
  readonly keyring: string;
  /** the Debian package with that file */
  readonly keyringPackage: string;
}

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const UBUNTU_KEYRING = '/usr/share/keyrings/ubuntu-archive-keyring.gpg';

/** Says which mirror has to be named for Ubuntu's packages; undefined where it is. */
export const whyNoMirror = (
  { distribution }: HaproxyRelease,
  environment: NodeJS.ProcessEnv,
): string | undefined =>
  distribution === 'Ubuntu' && !environment['UBUNTU_MIRROR']
    ? 'name a mirror of Ubuntu: UBUNTU_MIRROR=URL'
    : undefined;

/** @param environment DEBIAN_MIRROR and UBUNTU_MIRROR name mirrors; Debian has one by default */
export function packageSource(
  { distribution }: HaproxyRelease,
  suite: string,
  environment: NodeJS.ProcessEnv,
): PackageSource {
  if (distribution === 'Debian') {
    const mirror = environment['DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
    return {
      text: `deb [signed-by=${DEBIAN_KEYRING}] ${mirror} ${suite} main\n`,
      keyring: DEBIAN_KEYRING,
      keyringPackage: 'debian-archive-keyring',
    };
  }
  const mirror = environment['UBUNTU_MIRROR'] ?? '';
  const lines = [suite, `${suite}-updates`].map(
    (name) => `deb [signed-by=${UBUNTU_KEYRING}] ${mirror} ${name} main\n`,
  );
  return { text: lines.join(''), keyring: UBUNTU_KEYRING, keyringPackage: 'ubuntu-keyring' };
}
