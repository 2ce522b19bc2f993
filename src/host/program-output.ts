import type { Readable } from 'node:stream';
import { createExcerpt } from '../domain/text/excerpt.ts';

/** What a program has printed. */
export interface ProgramOutput {
  /** all of standard output */
  readonly stdout: string;
  /** both streams, in the order they came; the beginning and the end of a long one */
  readonly output: string;
  /** whether both streams together were longer than the limit; what came behind it is dropped */
  readonly isTooLong: boolean;
}

/** Lengths are characters of both streams together. */
export interface OutputLimits {
  readonly limit: number;
  /** what is kept as `output` */
  readonly kept: number;
  /** gets every part as it comes, up to the limit */
  readonly onOutput: ((part: string) => void) | undefined;
  /** called once */
  readonly onTooLong: () => void;
}

/** Reads both streams of a program, each where there is one. @returns what gives their content once they have ended */
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
