import { gzipSync } from 'node:zlib';
import type { ChangeGroup, Release } from './releases.ts';

export interface ChangelogRequest {
  /** of the package */
  readonly version: string;
  /** seconds since 1970: the date of a version that is not released yet */
  readonly time: number;
  readonly maintainer: string;
  /** newest first */
  readonly releases: readonly Release[];
}

/** lintian complains of more than 80. */
const LINE_LENGTH = 79;
const UNRELEASED: readonly ChangeGroup[] = [
  { kind: undefined, texts: ['Built from sources that are no release.'] },
];

/**
 * The changelog of a native package (deb-changelog(5)), compressed: the version of the package first, then all releases that are older
 * than it.
 */
export function debianChangelog({ version, time, maintainer, releases }: ChangelogRequest): Buffer {
  const own = releases.find((release) => release.version === version) ?? {
    version,
    date: new Date(time * 1000).toISOString(),
    changes: UNRELEASED,
  };
  const older = releases.filter((release) => Date.parse(release.date) < Date.parse(own.date));
  const text = [own, ...older].map((release) => entryOf(release, maintainer)).join('\n');
  return gzipSync(text, { level: 9 });
}

function entryOf({ version, date, changes }: Release, maintainer: string): string {
  return `amphora-agent (${version}) unstable; urgency=medium

${changes.flatMap(groupLines).join('\n')}

 -- ${maintainer}  ${new Date(date).toUTCString().replace('GMT', '+0000')}
`;
}

const groupLines = ({ kind, texts }: ChangeGroup): string[] =>
  kind === undefined
    ? texts.flatMap((text) => wrapped(text, '  * '))
    : [`  * ${kind}:`, ...texts.flatMap((text) => wrapped(text, '    - '))];

/** In lines of at most 79 characters, the first with a mark, the others below its text. */
function wrapped(text: string, mark: string): string[] {
  const lines: string[] = [];
  let line = mark.trimEnd();
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > LINE_LENGTH) {
      lines.push(line);
      line = ' '.repeat(mark.length - 1);
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}
