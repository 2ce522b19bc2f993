import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createTarPacker } from 'modern-tar';

/** A file of an archive. */
export interface ArchiveEntry {
  /** path inside the archive */
  readonly name: string;
  readonly content: Uint8Array;
}

const MODE = 0o600;

/**
 * Packs entries as they arrive into a tar archive, compressed by gzip. It waits while nobody reads (8 MiB are packed ahead).
 * @returns the archive. When the reader destroys it, no further entry is requested. When the entries fail, it fails
 */
export function archiveOf(entries: AsyncIterable<ArchiveEntry>): Readable {
  const { readable, controller } = createTarPacker();
  const archive = createGzip();
  pipeline(Readable.fromWeb(readable), archive).catch((error: unknown) => archive.destroy(asError(error)));
  fill(entries, controller).catch((error: unknown) => controller.error(error));
  return archive;
}

async function fill(
  entries: AsyncIterable<ArchiveEntry>,
  controller: ReturnType<typeof createTarPacker>['controller'],
): Promise<void> {
  for await (const { name, content } of entries) {
    const writer = controller
      .add({ name, size: content.length, mode: MODE, mtime: new Date(), type: 'file' })
      .getWriter();
    if (content.length > 0) await writer.write(content);
    await writer.close();
  }
  controller.finalize();
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
