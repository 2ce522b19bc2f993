import { nearestName } from '../domain/text/nearest-name.ts';
import { IGNORED_OPTIONS, IGNORED_SECTIONS } from './ignored-options.ts';
import { OPTION_KEYS, OPTIONS } from './options.ts';
import type { IniSections } from './oslo-ini.ts';

/** The option names of this agent, by section. */
const OWN_OPTIONS = ownOptions();

/**
 * Finds the sections and options that neither this agent nor Octavia knows. They have no effect and are probably misspelt.
 * @returns a line for each, without file name and value
 */
export function strayEntries(sections: IniSections): string[] {
  return [...sections].flatMap(([section, options]) => {
    if (IGNORED_SECTIONS.has(section)) return [];
    const own = OWN_OPTIONS.get(section);
    if (own === undefined)
      return [`[${shown(section)}]: unknown section, ignored${suggestion(nearestSection(section))}`];
    return [...options.keys()]
      .filter((name) => !isKnown(section, name))
      .map((name) => strayOption(section, name));
  });
}

function strayOption(section: string, name: string): string {
  const elsewhere = [...OWN_OPTIONS].find(([, names]) => names.has(name))?.[0];
  const meant =
    elsewhere === undefined ? suggestion(nearestOption(section, name)) : `: it belongs in [${elsewhere}]`;
  return `[${section}] ${shown(name)}: unknown option, ignored${meant}`;
}

/** Returns a name from the file as one line of bounded length. */
const shown = (name: string): string =>
  /^[\w.-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));

const isKnown = (section: string, name: string): boolean =>
  OWN_OPTIONS.get(section)?.has(name) === true || IGNORED_OPTIONS[section]?.has(name) === true;

/** @returns the name; with its section if that is another section */
function nearestOption(section: string, name: string): string | undefined {
  const here = nearestName(name, OWN_OPTIONS.get(section) ?? []);
  if (here !== undefined) return here;
  for (const [other, names] of OWN_OPTIONS) {
    const there = nearestName(name, names);
    if (there !== undefined) return `${there} of [${other}]`;
  }
  return undefined;
}

function nearestSection(section: string): string | undefined {
  const name = nearestName(section, OWN_OPTIONS.keys());
  return name === undefined ? undefined : `[${name}]`;
}

const suggestion = (name: string | undefined): string =>
  name === undefined ? '' : `; did you mean ${name}?`;

function ownOptions(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const key of OPTION_KEYS) {
    const { sections, name } = OPTIONS[key];
    for (const section of sections) found.set(section, (found.get(section) ?? new Set()).add(name));
  }
  return found;
}
