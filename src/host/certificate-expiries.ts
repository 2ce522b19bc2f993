import { certificateExpiry } from '../domain/certificates/certificate-expiry.ts';
import type { Files } from './files.ts';

/** The expiry of certificate files. A file is read and parsed again only when it has changed. */
export interface CertificateExpiries {
  /**
   * Returns when the first certificate of each file expires; undefined for a file without a readable certificate. Keeps
   * only what belongs to these files, so the memory is bounded by the files on the disk.
   */
  read(names: readonly string[]): Promise<readonly (Date | undefined)[]>;
}

interface Known {
  readonly fingerprint: string;
  readonly notAfter: Date | undefined;
}

export function createCertificateExpiries(
  files: Pick<Files, 'fingerprint' | 'readText'>,
): CertificateExpiries {
  let cached: ReadonlyMap<string, Known> = new Map();
  const look = async (name: string): Promise<Known | undefined> => {
    const fingerprint = await files.fingerprint(name);
    if (fingerprint === undefined) return undefined;
    const known = cached.get(name);
    if (known?.fingerprint === fingerprint) return known;
    // a file that is replaced after the fingerprint was taken is read once more at the next call
    return { fingerprint, notAfter: certificateExpiry((await files.readText(name)) ?? '') };
  };
  return {
    async read(names) {
      const found = await Promise.all(names.map(async (name) => ({ name, known: await look(name) })));
      cached = new Map(
        found.flatMap(({ name, known }) => (known === undefined ? [] : [[name, known] as const])),
      );
      return found.map(({ known }) => known?.notAfter);
    },
  };
}
