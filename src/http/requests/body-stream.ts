import type { IncomingMessage } from 'node:http';
import { BodyCutOff, BodyTooLarge, bodyBytes } from './upload.ts';

/** A body that its handler reads while it arrives. */
export interface BodyStream {
  /** its Content-Length; undefined for a chunked body */
  readonly bytes: number | undefined;
  /** the most bytes that it can have */
  readonly mostBytes: number;
  /**
   * The parts. Ends with BodyTooLarge after `mostBytes`, and with BodyCutOff when the connection ends before the body or when
   * nothing arrives for a while. A handler that stops early can still answer: the rest of the body is ignored.
   */
  readonly parts: AsyncIterable<Buffer>;
  /** Returns the error that has ended the parts; undefined while none has. */
  failure(): BodyCutOff | BodyTooLarge | undefined;
}

/** The longest time without a byte. The limit for the whole request is that of the server. */
const SILENT_MS = 30_000;

/**
 * Opens the body of a request.
 * @param mostBytes bytes
 * @param see gets each part of the body as it arrives
 * @throws BodyTooLarge if the Content-Length is above the limit
 */
export function openBodyStream(
  request: IncomingMessage,
  mostBytes: number,
  see?: (part: Buffer) => void,
  silentMs = SILENT_MS,
): BodyStream {
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const bytes = bodyBytes(request, mostBytes);
  let failure: BodyCutOff | BodyTooLarge | undefined;
  const failed = (error: BodyCutOff | BodyTooLarge): Error => {
    failure = error;
    return error;
  };
  async function* parts(): AsyncGenerator<Buffer> {
    const limit = (): NodeJS.Timeout => setTimeout(() => request.destroy(new Error('silent')), silentMs);
    let silence = limit();
    let size = 0;
    try {
      // a handler that stops early answers over the same connection
      for await (const part of request.iterator({ destroyOnReturn: false })) {
        size += part.length;
        if (size > mostBytes) throw failed(new BodyTooLarge(`the body is larger than ${mostBytes} bytes`));
        see?.(part);
        clearTimeout(silence);
        yield part;
        // a cleared timer can't be refreshed
        silence = limit();
      }
    } catch (error) {
      if (failure !== undefined) throw error;
      throw failed(new BodyCutOff('the request ended before its body did', { cause: error }));
    } finally {
      clearTimeout(silence);
    }
    if (!request.complete) throw failed(new BodyCutOff('the request ended before its body did'));
  }
  return { bytes: isChunked ? undefined : bytes, mostBytes, parts: parts(), failure: () => failure };
}
