import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CONFFILES,
  ENABLED_UNITS,
  INSTALLED_FILES,
  INSTALLED_LINKS,
  LIBRARY,
  SHARED_NAMES,
} from '../installation-tree.ts';

/** A line `#include NAME` is replaced by the file of that name in packaging/maintainer, which both packages use. */
const INCLUDE = /^#include (?<name>[a-z-]+\.sh)$/gm;

/** The files that no amphora needs after the agent is removed. */
const ONLY_WITH_AGENT = /^etc\/|^usr\/share\/|\/bin\/amphora-agent$|\/amphora-agent\.(?:service|path)$/;

/** The program that removes the rest after the removal of an RPM. dpkg does this itself. */
export const PURGE = `${LIBRARY}/purge`;

/** Absolute names of the files that stay when the package is removed, for haproxy, keepalived and a reboot. */
export const KEPT_FILES: readonly string[] = [
  ...[...INSTALLED_FILES.map(({ to }) => to), ...INSTALLED_LINKS.map(({ at }) => at)].filter(
    (name) => !ONLY_WITH_AGENT.test(name),
  ),
  `${LIBRARY}/agent.js.cache`,
  PURGE,
].map((name) => `/${name}`);

const LISTS: Readonly<Record<string, readonly string[]>> = {
  '@SHARED_NAMES@': SHARED_NAMES,
  '@ENABLED_UNITS@': ENABLED_UNITS,
  '@KEPT_FILES@': KEPT_FILES,
  '@CONFFILES@': CONFFILES,
};

/**
 * Returns a script of a package, with the shared functions that it includes and the lists for its placeholders.
 * @param root folder of the sources
 * @param file path relative to packaging
 */
export async function maintainerScript(root: string, file: string): Promise<string> {
  const folder = path.join(root, 'packaging');
  const text = await readFile(path.join(folder, file), 'utf8');
  const names = new Set([...text.matchAll(INCLUDE)].map((match) => match.groups?.['name'] ?? ''));
  let expanded = text;
  for (const name of names) {
    const included = await readFile(path.join(folder, 'maintainer', name), 'utf8');
    expanded = expanded.replace(`#include ${name}\n`, () => included);
  }
  for (const [placeholder, list] of Object.entries(LISTS)) {
    expanded = expanded.replaceAll(placeholder, list.join(' '));
  }
  return expanded;
}
