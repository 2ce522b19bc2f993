import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { haproxyTestFiles } from '../../matrix/dependent-tests.ts';
import { packageSource, parseRelease, RELEASES, whyNoMirror } from '../../matrix/haproxy-versions.ts';

it('the matrix of haproxy versions chooses test files that exist', () => {
  const missing = haproxyTestFiles().filter((file) => !existsSync(path.resolve(file)));
  expect(missing).toEqual([]);
});

it('the matrix of haproxy versions refuses an unknown version with the choices', () => {
  expect(() => parseRelease('2.7')).toThrow(/^unknown haproxy: 2\.7 \(choose 2\.6, 2\.8, 3\.0, 3\.2\)$/);
  expect(RELEASES.map(({ version }) => parseRelease(version))).toEqual(RELEASES);
});

it("the matrix of haproxy versions fetches Ubuntu's packages only from a mirror that is named", () => {
  const ubuntu = parseRelease('2.8');
  expect(whyNoMirror(ubuntu, {})).toContain('UBUNTU_MIRROR');
  const environment = { UBUNTU_MIRROR: 'http://mirror.example/ubuntu' };
  expect(whyNoMirror(ubuntu, environment)).toBeUndefined();
  expect(packageSource(ubuntu, 'noble', environment).text).toContain(
    '/ubuntu-archive-keyring.gpg] http://mirror.example/ubuntu noble-updates main\n',
  );
});

it("the matrix of haproxy versions fetches Debian's packages from Debian's mirror, or the one that is named", () => {
  const debian = parseRelease('3.2');
  expect(whyNoMirror(debian, {})).toBeUndefined();
  expect(packageSource(debian, 'forky', {}).text).toContain('] http://deb.debian.org/debian forky main\n');
  expect(packageSource(debian, 'forky', { DEBIAN_MIRROR: 'http://m' }).text).toContain(
    '] http://m forky main\n',
  );
});
