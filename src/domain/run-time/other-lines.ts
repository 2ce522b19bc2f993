import { type ConfigurationLine, configurationLines } from '../haproxy/haproxy-words.ts';

/** The reasons for a reload, which the agent counts (docs/reloads.md explains each). */
export type ReloadReason =
  | 'switched off'
  | 'other lines'
  | 'files'
  | 'member options'
  | 'static algorithm'
  | 'external check'
  | 'many changes'
  | 'removed members'
  | 'worker differs'
  | 'unknown state'
  | 'certificates'
  | 'command failed';

const isServer = ({ section, keyword }: ConfigurationLine): boolean =>
  keyword === 'server' && (section === 'backend' || section === 'listen');

const OPENS_SECTION = 'the sections';

/**
 * Compares two configurations without their server lines, comments and blank lines.
 * @returns undefined when the rest is equal; otherwise the place of the first difference, for a log
 */
export function differenceBesideServers(one: string, other: string): string | undefined {
  if (one === other) return undefined;
  const rest = (text: string): ConfigurationLine[] =>
    configurationLines(text).filter((line) => line.keyword !== '' && !isServer(line));
  const [left, right] = [rest(one), rest(other)];
  const index = left.findIndex(({ raw }, position) => raw.trim() !== right[position]?.raw.trim());
  if (index < 0 && left.length === right.length) return undefined;
  const line = right[index < 0 ? left.length : index] ?? left[index];
  if (line === undefined || line.keyword === line.section) return OPENS_SECTION;
  return `the line ${line.keyword} of a section ${line.section}`;
}

/** Returns the number of server lines of a configuration. */
export const countServerLines = (text: string): number => configurationLines(text).filter(isServer).length;

/**
 * Directives and options by which haproxy reads a further file at its start. The agent compares the files of certificates,
 * but not these.
 */
const READS_FILE =
  /^[^#\n]*(lua-load|errorfiles?\b|http-errors|ssl-dh-param-file|map(?:_\w+)?\(|(?:acl|[{!]).*\s-f\s|crt-store|\.include)/m;

/** @returns the first directive by which the configuration reads another file than a certificate; undefined without one */
export const namesOtherFiles = (text: string): string | undefined => READS_FILE.exec(text)?.[1]?.trim();
