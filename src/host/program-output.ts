import type { Readable } from 'node:stream';
import { createExcerpt } from '../domain/text/excerpt.ts';

/** The output of a program. */
export interface ProgramOutput {
  /** the whole of standard output */
  readonly stdout: string;
  /** both streams, in the order of arrival; only the beginning and the end of a long output */
  readonly output: string;
  /** whether both streams together were longer than the limit; the rest is dropped */
  readonly isTooLong: boolean;
}

/** Lengths are characters of both streams together. */
export interface OutputLimits {
  readonly limit: number;
  /** the longest `output` */
  readonly kept: number;
  /** receives every part as it arrives, up to the limit */
  readonly onOutput: ((part: string) => void) | undefined;
  /** called once */
  readonly onTooLong: () => void;
}

/** Reads the streams of a program; a stream may be absent. @returns a function that gives their content after their end */
export function collectOutput(
  streams: { readonly stdout: Readable | null; readonly stderr: Readable | null },
  { limit, kept, onOutput, onTooLong }: OutputLimits,
): () => ProgramOutput {
  const excerpt = createExcerpt(kept);
  const stdout: string[] = [];
  let length = 0;
  const read = (stream: Readable | null, take: (part: string) => void): void => {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      if (length > limit) return;
      length += part.length;
      excerpt.add(part);
      onOutput?.(part);
      take(part);
      if (length > limit) onTooLong();
    });
  };
  read(streams.stdout, (part) => stdout.push(part));
  read(streams.stderr, () => undefined);
  return () => ({ stdout: stdout.join(''), output: excerpt.text(), isTooLong: length > limit });
}
