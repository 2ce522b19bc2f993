import { describe, expect, it } from 'vitest';
import { type Collection, collect } from '../../../../src/operations/diagnostics/collection.ts';
import type { Part } from '../../../../src/operations/diagnostics/part.ts';

const part = (name: string, read: Part['read'] = async () => name, more: Partial<Part> = {}): Part => ({
  name,
  read,
  ...more,
});

const NO_SECRETS = async () => [];

async function collected(parts: readonly Part[], more: Partial<Collection> = {}) {
  const files = new Map<string, string>();
  const collection = { agent: '1', amphora: 'A', secrets: NO_SECRETS, parts: async () => parts, ...more };
  for await (const { name, content } of collect(collection)) {
    files.set(name, Buffer.from(content).toString());
  }
  const manifest = JSON.parse(files.get('manifest.json') ?? '');
  return { files, manifest };
}

const never = (): Promise<string> => new Promise(() => undefined);

describe('a collection', () => {
  it('has each part in order, and a manifest with sizes and digests', async () => {
    const { files, manifest } = await collected([part('a'), part('b/c')]);
    expect([...files.keys()]).toEqual(['a', 'b/c', 'manifest.json']);
    expect(manifest).toMatchObject({
      amphora: 'A',
      files: [
        { name: 'a', bytes: 1, sha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' },
        { name: 'b/c', bytes: 3 },
      ],
      failed: [],
    });
  });

  it('has an error file for a part that fails or is late, and the others', async () => {
    const fails = () => Promise.reject(new Error('password=abcdef'));
    const parts = [part('a', fails), part('b', never, { deadlineMs: 10 }), part('c')];
    const { files, manifest } = await collected(parts);
    expect(files.get('a.error.txt')).toBe('password=<hidden>\n');
    expect(files.get('b.error.txt')).toBe('it takes longer than 0.01 s\n');
    expect(files.get('c')).toBe('c');
    expect(manifest.failed).toEqual(['a', 'b']);
  });

  it('leaves out the parts for which no time is left', async () => {
    const hanging = Array.from({ length: 8 }, (_, index) => part(`${index}`, never));
    const { manifest } = await collected([...hanging, part('last')], { limitMs: 20 });
    expect(manifest.failed).toHaveLength(9);
  });

  it('leaves out the parts for which no room is left, and takes smaller ones', async () => {
    const large = 'x\n'.repeat(300_000);
    const parts = [part('a', async () => large), part('b', async () => large), part('c')];
    const { files } = await collected(parts, { limitBytes: 2 * 1024 * 1024 });
    expect([...files.keys()]).toEqual(['a', 'b.error.txt', 'c', 'manifest.json']);
  });

  it('hides its secrets in contents', async () => {
    const { files } = await collected([part('a', async () => 'the hb-secret is')], {
      secrets: async () => ['hb-secret'],
    });
    expect(files.get('a')).toBe('the <hidden> is');
  });

  it('begins no further part when its reader stops', async () => {
    const begun: string[] = [];
    const parts = Array.from({ length: 20 }, (_, index) =>
      part(`${index}`, async () => {
        begun.push(`${index}`);
        return '';
      }),
    );
    for await (const { name } of collect({
      ...{ agent: '1', amphora: 'A', secrets: NO_SECRETS },
      parts: async () => parts,
    })) {
      if (name === '1') break;
    }
    expect(begun.length).toBeLessThan(8);
  });
});
