import { gzipSync } from 'node:zlib';
import type { ChangeGroup, Release } from '../documents/releases.ts';

export interface ChangelogRequest {
  /** version of the package */
  readonly version: string;
  /** date of a version that is not released yet, in seconds since 1970 */
  readonly time: number;
  readonly maintainer: string;
  /** newest first */
  readonly releases: readonly Release[];
}

/** The longest line, in characters. lintian complains about lines of more than 80. */
const LINE_LENGTH = 79;
const UNRELEASED: readonly ChangeGroup[] = [
  { kind: undefined, texts: ['Built from sources that are no release.'] },
];

/**
 * Returns the compressed changelog of a native package (deb-changelog(5)): first the version of the package, then all older releases.
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

/** Wraps an item into lines of at most 79 characters. The first line begins with a mark, the others are indented below its text. */
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
