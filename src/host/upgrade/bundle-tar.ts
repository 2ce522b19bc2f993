import { Readable } from 'node:stream';
import { createTarPacker } from 'modern-tar';

/** An entry of a bundle. */
export interface TarEntry {
  readonly name: string;
  /** bytes of the content */
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Owner, mode and time are the same in each bundle, so that its content decides each of its bytes. */
const attributes = (name: string, size: number) =>
  ({ name, size, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }) as const;

/**
 * Packs entries into a tar archive (ustar), without compression. It waits while nobody reads (8 MiB are packed ahead).
 * @returns the archive. It fails when a content fails or does not have its size
 */
export function packTar(entries: readonly TarEntry[]): Readable {
  const { readable, controller } = createTarPacker();
  fill(entries, controller).catch((error: unknown) => controller.error(error));
  return Readable.fromWeb(readable);
}

async function fill(
  entries: readonly TarEntry[],
  controller: ReturnType<typeof createTarPacker>['controller'],
): Promise<void> {
  for (const { name, size, content } of entries) {
    const writer = controller.add(attributes(name, size)).getWriter();
    for await (const part of content) await writer.write(part);
    await writer.close();
  }
  controller.finalize();
}

/** Returns the header that packTar() writes before an entry's content, one block. */
export async function tarHeader(name: string, size: number): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  controller.add(attributes(name, size));
  const reader = readable.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (value === undefined) throw new Error(`no header was made for ${name}`);
  return value;
}
