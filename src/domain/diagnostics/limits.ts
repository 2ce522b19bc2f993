/** The most bytes of all files of an archive together, before compression. */
export const ARCHIVE_BYTES = 32 * 1024 * 1024;
/** The time in which an archive is collected, in ms. */
export const ARCHIVE_MS = 30_000;
/** The most bytes of one file. */
export const FILE_BYTES = 2 * 1024 * 1024;

/** The part of a long file that is kept: the beginning of a table, but the end of a log. */
export type KeptPart = 'beginning' | 'end';

/**
 * Returns at most so many bytes of a file, whole lines only, with a line that says how many are left out.
 * @param bytes the limit, above 0; default: FILE_BYTES
 */
export function shortened(content: Buffer, kept: KeptPart, bytes = FILE_BYTES): string {
  if (content.length <= bytes) return content.toString('utf8');
  const lines = kept === 'beginning' ? firstLines(content, bytes) : lastLines(content, bytes);
  const note = `… ${content.length - lines.length} bytes left out …\n`;
  return kept === 'beginning' ? `${lines.toString('utf8')}${note}` : `${note}${lines.toString('utf8')}`;
}

const firstLines = (content: Buffer, bytes: number): Buffer =>
  content.subarray(0, content.lastIndexOf('\n', bytes - 1) + 1);

function lastLines(content: Buffer, bytes: number): Buffer {
  const end = content.indexOf('\n', content.length - bytes - 1);
  return content.subarray(end < 0 ? content.length : end + 1);
}
