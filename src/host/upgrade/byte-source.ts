import type { Readable } from 'node:stream';

/** Thrown when a stream ends before the bytes that are needed. */
export class EndOfBytes extends Error {}

/** Reads a stream in parts of exact sizes. It holds one chunk of the stream in memory, and the part that take() returns. */
export interface ByteSource {
  /** Returns the next bytes, in one buffer. @throws EndOfBytes, and the error of the stream */
  take(bytes: number): Promise<Buffer>;
  /** Returns the next bytes, as they arrive. @throws EndOfBytes, and the error of the stream */
  parts(bytes: number): AsyncGenerator<Buffer, void>;
  /** Returns whether the stream ends here. @throws the error of the stream */
  isAtEnd(): Promise<boolean>;
  /** Stops reading. The stream stays open, so that the request to which it belongs can be answered. */
  leave(): Promise<void>;
}

export function createByteSource(stream: Readable): ByteSource {
  const chunks: AsyncIterator<Buffer> = stream.iterator({ destroyOnReturn: false });
  let rest: Buffer = Buffer.alloc(0);

  const arrive = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done === true) return false;
      rest = value;
    }
    return true;
  };

  async function* parts(bytes: number): AsyncGenerator<Buffer, void> {
    for (let missing = bytes; missing > 0; ) {
      if (!(await arrive())) throw new EndOfBytes();
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }

  return {
    parts,
    async take(bytes) {
      const taken: Buffer[] = [];
      for await (const part of parts(bytes)) taken.push(part);
      return Buffer.concat(taken);
    },
    isAtEnd: async () => !(await arrive()),
    leave: async () => void (await chunks.return?.()),
  };
}
