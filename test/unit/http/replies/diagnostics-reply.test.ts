import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Busy } from '../../../../src/errors.ts';
import type { ArchiveEntry } from '../../../../src/host/diagnostics/archive.ts';
import { diagnosticsReply } from '../../../../src/http/replies/diagnostics-reply.ts';
import { StreamedBody } from '../../../../src/http/replies/replies.ts';

type Context = Parameters<typeof diagnosticsReply>[0];

describe('the answer with a diagnostics archive', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const contextWith = (archiveOf: (entries: AsyncIterable<ArchiveEntry>) => Promise<Readable>): Context =>
    ({
      underWay: { isArchiving: false },
      config: () => ({ amphoraId: 'A' }),
      host: { diagnostics: { archiveOf } },
    }) as never;
  const begin = (context: Context): StreamedBody => {
    const { body } = diagnosticsReply(context);
    if (!(body instanceof StreamedBody)) throw new Error('the body is not streamed');
    return body;
  };

  it('refuses a second one until the first one has ended', () => {
    const context = contextWith(async () => Readable.from([]));
    const first = begin(context);
    expect(() => begin(context)).toThrow(Busy);
    first.discard();
    const second = begin(context);
    // a late second end of the first one doesn't end the second one
    first.discard();
    expect(() => begin(context)).toThrow(Busy);
    second.discard();
    expect(() => begin(context)).not.toThrow();
  });

  it('lets the next one begin after one that could not be packed', async () => {
    const context = contextWith(() => Promise.reject(new Error('no code')));
    await expect(begin(context).open()).rejects.toThrow('no code');
    expect(() => begin(context)).not.toThrow();
  });

  it('lets the next one begin although the first one hangs for ever', () => {
    const context = contextWith(() => new Promise(() => undefined));
    void begin(context).open();
    vi.advanceTimersByTime(60_000);
    expect(() => begin(context)).toThrow(Busy);
    vi.advanceTimersByTime(60_000);
    expect(() => begin(context)).not.toThrow();
  });
});
