/** A released version in CHANGELOG.md. */
export interface Release {
  readonly version: string;
  /** as in 2026-11-28 */
  readonly date: string;
  /** in the order of the file */
  readonly changes: readonly ChangeGroup[];
}

export interface ChangeGroup {
  /** `Added`, `Changed`, …; undefined for a text before the first group */
  readonly kind: string | undefined;
  /** plain texts of one line each */
  readonly texts: readonly string[];
}

/** Reads the releases of a changelog in the form of https://keepachangelog.com/en/1.1.0/, newest first, without unreleased changes. */
export function parseReleases(changelog: string): Release[] {
  const sections = changelog.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [, version, date] = /^\[(.+?)\] - (\d{4}-\d\d-\d\d)$/m.exec(section.split('\n', 1)[0] ?? '') ?? [];
    if (version === undefined || date === undefined) return [];
    return [{ version, date, changes: changesOf(section.replace(/^.*\n/, '')) }];
  });
}

function changesOf(section: string): ChangeGroup[] {
  const [preface = '', ...groups] = section.split(/^### /m);
  const named = groups.map((group) => {
    const [kind = '', ...lines] = group.split('\n');
    return { kind, texts: textsOf(lines.join('\n')) };
  });
  return [{ kind: undefined, texts: textsOf(preface) }, ...named].filter(({ texts }) => texts.length > 0);
}

/** Returns the items of a list and the paragraphs, without the marks of Markdown. */
const textsOf = (text: string): string[] =>
  text
    .split(/^- |\n{2,}/m)
    .map((part) => part.trim().replaceAll(/\s+/g, ' '))
    .filter((part) => part !== '')
    .map((part) => part.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', ''));
