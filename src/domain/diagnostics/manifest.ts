import { createHash } from 'node:crypto';

/** One file of an archive, in its manifest. */
export interface ManifestLine {
  readonly name: string;
  readonly bytes: number;
  /** in hex */
  readonly sha256: string;
}

export const manifestLine = (name: string, content: Uint8Array): ManifestLine => ({
  name,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

export interface Manifest {
  readonly agent: string;
  readonly amphora: string;
  /** ISO 8601 */
  readonly begun: string;
  readonly seconds: number;
  readonly files: readonly ManifestLine[];
  /** names of the parts that have an error file instead */
  readonly failed: readonly string[];
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, undefined, 2)}\n`;
