/** An installed package. */
export interface InstalledPackage {
  readonly version: string;
  /** size of its files in bytes */
  readonly bytes: number;
}

const BYTES_PER_KIB = 1024;

/** The format of `dpkg-query -W` that parseInstalled() reads. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
export const INSTALLED_FORMAT = '${Package}\t${Version}\t${Installed-Size}\t${db:Status-Status}\n';

/**
 * Reads the output of dpkg-query in INSTALLED_FORMAT, by the name of the package. A package that is unpacked or only half
 * installed counts too: its version must not be taken for none.
 */
export function parseInstalled(output: string): Map<string, InstalledPackage> {
  const found = new Map<string, InstalledPackage>();
  for (const line of output.split('\n')) {
    const [name, version = '', size = '', status = ''] = line.split('\t');
    if (name === undefined || version === '' || ['not-installed', 'config-files'].includes(status)) continue;
    found.set(name, { version, bytes: (Number(size) || 0) * BYTES_PER_KIB });
  }
  return found;
}
