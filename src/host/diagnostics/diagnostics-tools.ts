import type { Readable } from 'node:stream';
import type { ArchiveEntry } from './archive.ts';
import type { MachineFacts } from './machine-facts.ts';

/** What a diagnostics archive is made with. Nothing of it is loaded before its first use. */
export interface DiagnosticsTools {
  /** Packs entries as they arrive into a tar archive, compressed by gzip. See archiveOf(). */
  archiveOf(entries: AsyncIterable<ArchiveEntry>): Promise<Readable>;
  machineFacts(): Promise<MachineFacts>;
}

export const createDiagnosticsTools = (): DiagnosticsTools => ({
  async archiveOf(entries) {
    const { archiveOf } = await import('./archive.ts');
    return archiveOf(entries);
  },
  async machineFacts() {
    const { machineFacts } = await import('./machine-facts.ts');
    return machineFacts();
  },
});
