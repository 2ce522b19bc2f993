import { createHash } from 'node:crypto';

/** Fields that dpkg adds to the control file of an installed package (dpkg's file `status`). */
const OF_STATUS = new Set(['status', 'conffiles', 'config-version', 'triggers-pending', 'triggers-awaited']);

/**
 * Returns the control file of an installed package, for building the package again.
 * @param status the stanza of the package, as `dpkg-query --status` prints it
 */
export function controlOfInstalled(status: string): string {
  const fields = status.trimEnd().split(/\n(?! )/);
  const kept = fields.filter((field) => !OF_STATUS.has((field.split(':', 1)[0] ?? '').toLowerCase()));
  return `${kept.join('\n')}\n`;
}

/**
 * Returns the real place of each file of a package: another package may have diverted it (dpkg-divert(1)).
 * @param diversions output of `dpkg-divert --list`
 * @returns the real place by the name in the package
 */
export function divertedFrom(diversions: string, packageName: string): Map<string, string> {
  const lines = diversions.matchAll(/^(?:local )?diversion of (\S+) to (\S+)(?: by (\S+))?$/gm);
  return new Map(
    [...lines].flatMap(([, from = '', to = '', by]): [string, string][] =>
      by === packageName ? [] : [[from, to]],
    ),
  );
}

/** The format of `dpkg-query --show` that parseConffiles() reads. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
export const CONFFILES_FORMAT = '${Conffiles}\n';

/** A file of a package that an operator may change, and the md5 of its content in the package. */
export interface ConfigurationFile {
  readonly file: string;
  readonly md5: string;
}

/** Reads the field `Conffiles` of an installed package (dpkg-query(1)). Leaves out those that its version no longer has. */
export const parseConffiles = (field: string): ConfigurationFile[] =>
  [...field.matchAll(/^ (\/\S+) ([0-9a-f]{32})$/gm)].map(([, file = '', md5 = '']) => ({ file, md5 }));

/**
 * Returns whether a configuration file has the content of its package. A package that is built from the installed files leaves
 * out all others: it would make dpkg take the operator's content for the distributor's.
 * @param content undefined: an operator has removed the file
 */
export const isAsDistributed = (content: Uint8Array | undefined, md5: string): boolean =>
  content !== undefined && createHash('md5').update(content).digest('hex') === md5;
