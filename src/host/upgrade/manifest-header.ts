import { MANIFEST_ENTRY } from '../../domain/upgrade/bundle-manifest.ts';
import { tarHeader } from './bundle-tar.ts';

/** The field of a header that has the size of the content, in octal digits and a zero (tar(5), ustar). */
const SIZE_FIELD = { begin: 124, end: 136 } as const;

/** Returns the size of the manifest that the first header of a bundle names; undefined for another header. */
export async function manifestSizeIn(header: Buffer): Promise<number | undefined> {
  const field = header.toString('latin1', SIZE_FIELD.begin, SIZE_FIELD.end);
  const size = /^[0-7]{11}\0$/.test(field) ? Number.parseInt(field, 8) : 0;
  return size > 0 && header.equals(await tarHeader(MANIFEST_ENTRY, size)) ? size : undefined;
}
