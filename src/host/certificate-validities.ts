import { type Validity, validitiesIn } from '../domain/certificates/certificate-validity.ts';
import type { Files } from './files.ts';

/** The validity of certificate files. A file is read and parsed again only when it has changed. */
export interface CertificateValidities {
  /**
   * Returns the validity of each certificate of each file; none for a file without a readable certificate. Keeps only what
   * belongs to these files, so the memory is bounded by the files on the disk.
   */
  read(names: readonly string[]): Promise<readonly (readonly Validity[])[]>;
}

interface Known {
  readonly fingerprint: string;
  readonly validities: readonly Validity[];
}

export function createCertificateValidities(
  files: Pick<Files, 'fingerprint' | 'readText'>,
): CertificateValidities {
  let cached: ReadonlyMap<string, Known> = new Map();
  const look = async (name: string): Promise<Known | undefined> => {
    const fingerprint = await files.fingerprint(name);
    if (fingerprint === undefined) return undefined;
    const known = cached.get(name);
    if (known?.fingerprint === fingerprint) return known;
    // a file that is replaced after the fingerprint was taken is read once more at the next call
    return { fingerprint, validities: validitiesIn((await files.readText(name)) ?? '') };
  };
  return {
    async read(names) {
      const found = await Promise.all(names.map(async (name) => ({ name, known: await look(name) })));
      cached = new Map(
        found.flatMap(({ name, known }) => (known === undefined ? [] : [[name, known] as const])),
      );
      return found.map(({ known }) => known?.validities ?? []);
    },
  };
}
