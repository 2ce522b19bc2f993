import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateValidities } from '../../../src/host/certificate-validities.ts';
import { createFiles } from '../../../src/host/files.ts';
import { selfSigned } from '../../support/certificates/self-signed.ts';
import { fixtureForEach } from '../../support/fixture.ts';

const DAY_MS = 86_400_000;

describe('the validities of certificates', () => {
  const scene = fixtureForEach(openScene, ({ directory }) => rm(directory, { recursive: true }));

  it('read a file once while it is unchanged', async () => {
    const [file, absent] = [await scene.write('one.pem', 1), scene.at('absent.pem')];
    for (let round = 0; round < 3; round += 1) expect(await scene.days(file, absent)).toEqual([1, undefined]);
    expect(scene.reads).toEqual([file]);
  });

  it('see a file that was replaced, one that was changed in place, and one that was removed', async () => {
    const file = await scene.write('one.pem', 1);
    expect(await scene.days(file)).toEqual([1]);
    await rename(await scene.write('new.pem', 20), file);
    expect(await scene.days(file)).toEqual([20]);
    await scene.write('one.pem', 300);
    expect(await scene.days(file)).toEqual([300]);
    await writeFile(file, 'no certificate\n');
    expect(await scene.days(file)).toEqual([undefined]);
    await rm(file);
    expect(await scene.days(file)).toEqual([undefined]);
  });

  it('forget files that are left out', async () => {
    const [one, two] = [await scene.write('one.pem', 1), await scene.write('two.pem', 2)];
    await scene.days(one, two);
    await scene.days(one);
    await scene.days(one, two);
    // the files of one call are read at the same time
    expect(scene.reads.toSorted()).toEqual([one, two, two]);
  });
});

/** A directory with certificates, and a reader that counts. */
async function openScene() {
  const directory = await mkdtemp(path.join(tmpdir(), 'validities-'));
  const files = createFiles();
  const reads: string[] = [];
  const validities = createCertificateValidities({
    fingerprint: files.fingerprint,
    readText(file) {
      reads.push(file);
      return files.readText(file);
    },
  });
  const at = (name: string): string => path.join(directory, name);
  return {
    ...{ directory, reads, at },
    /** Writes a certificate that is valid for so many days. */
    async write(name: string, days: number): Promise<string> {
      await writeFile(at(name), selfSigned(directory, days).cert);
      return at(name);
    },
    /** Returns the days until the expiry of each file. */
    async days(...names: string[]): Promise<(number | undefined)[]> {
      const found = await validities.read(names);
      return found.map(([one]) => one && Math.round((one.notAfter.getTime() - Date.now()) / DAY_MS));
    },
  };
}
