import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import lock from '../../../package-lock.json' with { type: 'json' };
import { debianChangelog } from '../../../packaging/debian/debian-changelog.ts';
import { parseReleases } from '../../../packaging/documents/releases.ts';

const TEXT = `# Changelog

## [Unreleased]

### Added

- Not yet.

## [0.2.0] - 2026-11-28

### Added

- \`npm run dev\`: see [the page](page.md), with a text that is so long that the file has it in
  two lines.
- Short.

### Fixed

- It.

## [0.1.0] - 2026-11-21

The first version.
`;
const releases = parseReleases(TEXT);
const MAINTAINER = 'Amphora <amphora@example.org>';
const changelog = (version: string, time = 1_700_000_000): string =>
  gunzipSync(debianChangelog({ version, time, maintainer: MAINTAINER, releases })).toString();

describe('the version of the sources', () => {
  it('is in package-lock.json too, and is the newest release of CHANGELOG.md', () => {
    expect([lock.version, lock.packages[''].version]).toEqual([manifest.version, manifest.version]);
    const [newest] = parseReleases(readFileSync('CHANGELOG.md', 'utf8'));
    expect(newest?.version).toBe(manifest.version);
    expect(newest?.changes.map(({ kind }) => kind)).toEqual(['Added', 'Changed', 'Fixed']);
  });
});

describe('the changelog of the Debian package', () => {
  it('has the releases of CHANGELOG.md', () => {
    expect(changelog('0.2.0')).toBe(`amphora-agent (0.2.0) unstable; urgency=medium

  * Added:
    - npm run dev: see the page, with a text that is so long that the file has
      it in two lines.
    - Short.
  * Fixed:
    - It.

 -- ${MAINTAINER}  Sat, 28 Nov 2026 00:00:00 +0000

amphora-agent (0.1.0) unstable; urgency=medium

  * The first version.

 -- ${MAINTAINER}  Sat, 21 Nov 2026 00:00:00 +0000
`);
  });

  it('begins with the version of the package where that is not released, dated by its sources', () => {
    const text = changelog('0.3.0~dev', 1_800_000_000);
    expect(text).toMatch(/^amphora-agent \(0\.3\.0~dev\) unstable/);
    expect([...text.matchAll(/^ -- .*> {2}(.*)$/gm)].map(([, date]) => date)).toEqual([
      'Fri, 15 Jan 2027 08:00:00 +0000',
      'Sat, 28 Nov 2026 00:00:00 +0000',
      'Sat, 21 Nov 2026 00:00:00 +0000',
    ]);
  });

  it('has no release that is newer than the sources of the package', () => {
    expect(changelog('0.1.0')).not.toContain('0.2.0');
    expect(changelog('1.2.3', 1_700_000_000)).not.toContain('0.1.0');
  });
});
