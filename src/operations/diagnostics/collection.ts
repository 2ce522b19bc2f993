import { ARCHIVE_BYTES, ARCHIVE_MS, shortened } from '../../domain/diagnostics/limits.ts';
import { type ManifestLine, manifestLine, manifestText } from '../../domain/diagnostics/manifest.ts';
import { redacted } from '../../domain/diagnostics/redaction.ts';
import { reasonOf } from '../../errors.ts';
import type { ArchiveEntry } from '../../host/diagnostics/archive.ts';
import { inTime } from '../deadline.ts';
import { DEADLINE_MS, type Part } from './part.ts';

export interface Collection {
  readonly agent: string;
  readonly amphora: string;
  /** Lists the parts. The time for everything includes this list. It has to end by itself. */
  readonly parts: () => Promise<readonly Part[]>;
  /** Returns secrets of this amphora, which are hidden wherever they occur. It has to end by itself. */
  readonly secrets: () => Promise<readonly string[]>;
  /** the time for everything, in ms; default: ARCHIVE_MS */
  readonly limitMs?: number;
  /** the most bytes of all files; default: ARCHIVE_BYTES */
  readonly limitBytes?: number;
}

/** The number of parts that are read at the same time. It limits the memory that a collection uses. */
const AT_A_TIME = 4;
/** A timer of Node can fire this much too early, so that a part which took all of the time seems to have left some. */
const LEAST_MS = 2;
/** The bytes of a header and the padding in a tar archive. */
const TAR_BYTES = 1024;
/** The bytes that are reserved for error files and the manifest. */
const RESERVED_BYTES = 1024 * 1024;

/** A file with its secrets hidden. */
interface Collected {
  readonly part: string;
  readonly entry: ArchiveEntry;
  readonly isFailed: boolean;
}

/**
 * Reads the parts of an archive, hides their secrets, and adds the manifest. A part that fails, is late or doesn't fit has
 * an error file instead. When the reader stops, no further part is begun.
 */
export async function* collect(collection: Collection): AsyncGenerator<ArchiveEntry> {
  const { agent, amphora } = collection;
  const begun = new Date();
  const end = performance.now() + (collection.limitMs ?? ARCHIVE_MS);
  const [parts, secrets] = await Promise.all([collection.parts(), collection.secrets()]);
  const room = (collection.limitBytes ?? ARCHIVE_BYTES) - RESERVED_BYTES;
  const files: ManifestLine[] = [];
  const failed: string[] = [];
  let bytes = 0;
  for await (const collected of inOrder(parts, (part) => collectPart(part, secrets, end))) {
    const doesFit = collected.isFailed || bytes + collected.entry.content.length + TAR_BYTES <= room;
    const { part, entry, isFailed } = doesFit
      ? collected
      : failedPart(collected.part, 'the archive is full', []);
    bytes += entry.content.length + TAR_BYTES;
    files.push(manifestLine(entry.name, entry.content));
    if (isFailed) failed.push(part);
    yield entry;
  }
  const seconds = (Date.now() - begun.getTime()) / 1000;
  const text = manifestText({ agent, amphora, begun: begun.toISOString(), seconds, files, failed });
  yield { name: 'manifest.json', content: Buffer.from(text) };
}

/** Yields the results in the order of the parts, and works on the next parts meanwhile. Waits for them at its end. */
async function* inOrder<Result>(
  parts: readonly Part[],
  work: (part: Part) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting = [...parts];
  const running: Promise<Result>[] = [];
  const begin = (): void => {
    const part = waiting.shift();
    if (part !== undefined) running.push(work(part));
  };
  for (let begun = 0; begun < AT_A_TIME; begun += 1) begin();
  try {
    for (let first = running.shift(); first !== undefined; first = running.shift()) {
      const result = await first;
      begin();
      yield result;
    }
  } finally {
    await Promise.allSettled(running);
  }
}

async function collectPart(part: Part, secrets: readonly string[], end: number): Promise<Collected> {
  const left = end - performance.now();
  if (left < LEAST_MS) return failedPart(part.name, 'left out: the time of the archive was over', secrets);
  try {
    const content = await inTime(part.read(), Math.min(part.deadlineMs ?? DEADLINE_MS, left));
    const text = shortened(Buffer.from(content), part.kept ?? 'beginning');
    const entry = { name: part.name, content: Buffer.from(redacted(text, secrets)) };
    return { part: part.name, entry, isFailed: false };
  } catch (error) {
    return failedPart(part.name, reasonOf(error), secrets);
  }
}

function failedPart(part: string, reason: string, secrets: readonly string[]): Collected {
  const content = Buffer.from(`${redacted(reason, secrets)}\n`);
  return { part, entry: { name: `${part}.error.txt`, content }, isFailed: true };
}
