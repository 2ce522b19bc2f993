import type { Readable } from 'node:stream';
import { giveBackMemory } from '../memory.ts';
import type { ArchiveEntry } from './archive.ts';
import type { MachineFacts } from './machine-facts.ts';

/** The tools of a diagnostics archive. Their code is loaded at the first use. */
export interface DiagnosticsTools {
  /** Packs entries as they arrive into a tar archive, compressed by gzip. See archiveOf(). */
  archiveOf(entries: AsyncIterable<ArchiveEntry>): Promise<Readable>;
  machineFacts(): Promise<MachineFacts>;
}

/** The time after an archive until its connection is closed, too. */
const SETTLED_MS = 1000;

export const createDiagnosticsTools = (): DiagnosticsTools => ({
  async archiveOf(entries) {
    const { archiveOf } = await import('./archive.ts');
    const archive = archiveOf(entries);
    // V8 would keep the texts of the archive for a long time
    archive.once('close', () => setTimeout(giveBackMemory, SETTLED_MS).unref());
    return archive;
  },
  async machineFacts() {
    const { machineFacts } = await import('./machine-facts.ts');
    return machineFacts();
  },
});
