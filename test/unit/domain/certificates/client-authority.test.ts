import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority, issueCertificate } from '../../../../sandbox/controller/pki.ts';
import { authorityOf, monitorsOfControllers } from '../../../../src/domain/certificates/client-authority.ts';
import { createIntermediate } from '../../../support/certificates/intermediate.ts';

describe('the authority of a client', () => {
  let directory: string;
  let controllers: Authority;
  let monitors: Authority;
  let under: Authority;
  let crossed: Authority;
  let twin: Authority;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'client-authority-'));
    const twins = path.join(directory, 'twins');
    await mkdir(twins);
    controllers = await createAuthority(directory, 'controllers');
    monitors = await createAuthority(directory, 'monitors');
    twin = await createAuthority(twins, 'controllers');
    under = await createIntermediate(controllers, directory, 'under');
    crossed = await createIntermediate(controllers, directory, 'crossed', monitors);
  });
  afterAll(() => rm(directory, { recursive: true }));

  let issued = 0;
  const client = (authority: Authority): Promise<string> => {
    issued += 1;
    const request = { name: `client-${issued}`, commonName: 'client', purpose: 'client' } as const;
    return issueCertificate(authority, directory, request);
  };
  const read = async (file: string): Promise<X509Certificate> => new X509Certificate(await readFile(file));
  const decide = async (
    chain: readonly string[],
    authorities: readonly Authority[] = [controllers],
    now = new Date(),
  ) =>
    authorityOf(
      await Promise.all(chain.map(read)),
      await Promise.all(authorities.map(({ certificate }) => read(certificate))),
      now,
    );

  it('is the one that signed the certificate', async () => {
    expect(await decide([await client(controllers)])).toBe('controller');
    expect(await decide([await client(monitors), monitors.certificate])).toBe('monitor');
  });

  it('is found through the authorities between, which the client sends', async () => {
    expect(await decide([await client(under), under.certificate])).toBe('controller');
    expect(await decide([await client(under)])).toBe('monitor');
  });

  it('is proved by signatures, also if two authorities have the same name', async () => {
    const forged = await client(twin);
    expect((await read(forged)).issuer).toBe((await read(controllers.certificate)).subject);
    expect(await decide([forged, twin.certificate])).toBe('monitor');
    expect(await decide([forged, controllers.certificate])).toBe('monitor');
    expect(await decide([forged], [controllers, twin])).toBe('controller');
  });

  it('is never passed on by a certificate that is no authority', async () => {
    const middle = await client(controllers);
    const key = middle.replace(/\.pem$/, '-key.pem');
    const below = await client({ certificate: middle, key });
    expect(await decide([below, middle, controllers.certificate])).toBe('monitor');
  });

  it('is the one of the controllers for a certificate that chains to both', async () => {
    const both = await client(monitors);
    expect(await decide([both, monitors.certificate])).toBe('monitor');
    expect(await decide([both, crossed.certificate])).toBe('controller');
    expect(await decide([both], [controllers, monitors])).toBe('controller');
  });

  it('is not proved by an authority that is no longer valid', async () => {
    const later = new Date(Date.now() + 40 * 24 * 3600 * 1000);
    expect(await decide([await client(controllers)], [controllers], later)).toBe('monitor');
  });

  it('is that of monitoring without any proof', async () => {
    expect(await decide([])).toBe('monitor');
    expect(await decide([await client(controllers)], [])).toBe('monitor');
  });

  it('makes controllers of the clients of an authority that the controllers have or have signed', async () => {
    const [one, other, cross] = await Promise.all(
      [controllers, monitors, crossed].map(({ certificate }) => read(certificate)),
    );
    if (!one || !other || !cross) throw new Error('a certificate is missing');
    expect(monitorsOfControllers([other], [one])).toEqual([]);
    expect(monitorsOfControllers([other, cross], [one])).toEqual([cross]);
    expect(monitorsOfControllers([one], [one])).toEqual([one]);
  });
});
