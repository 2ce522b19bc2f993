import { Readable } from 'node:stream';
import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { StreamedBody } from '../../../../src/http/replies/replies.ts';
import { sendStreamed } from '../../../../src/http/replies/streamed-replies.ts';

/** Serves a body of these parts; a part that is an error fails the body. */
function appWith(parts: readonly (string | Error)[]) {
  const calls: string[] = [];
  const body = new StreamedBody({
    contentType: 'application/gzip',
    fileName: 'a.tar.gz',
    async open() {
      calls.push('open');
      return Readable.from(made());
    },
    discard: () => void calls.push('discard'),
  });
  async function* made() {
    for (const part of parts) {
      if (part instanceof Error) throw part;
      yield Buffer.from(part);
    }
  }
  const app = express();
  app.get('/', (_request, response) => void sendStreamed(response, 200, body));
  return { app, calls };
}

describe('a streamed answer', () => {
  it('has its type, its file name and all of its parts', async () => {
    const { app, calls } = appWith(['one', 'two']);
    const { status, headers, body } = await request(app).get('/').buffer();
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'onetwo' });
    expect(headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': 'attachment; filename="a.tar.gz"',
      'cache-control': 'no-store',
    });
    expect(calls).toEqual(['open']);
  });

  it('begins no body for HEAD', async () => {
    const { app, calls } = appWith(['one']);
    expect((await request(app).head('/')).status).toBe(200);
    expect(calls).toEqual(['discard']);
  });

  it('ends early for the client when its body fails', async () => {
    const { app } = appWith(['one', new Error('broken')]);
    await expect(request(app).get('/').buffer()).rejects.toThrow(/aborted/);
  });
});
