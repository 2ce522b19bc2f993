import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedCertificate } from '../../support/certificates/named-certificate.ts';
import { fixture } from '../../support/fixture.ts';
import { openDriftScene } from '../../support/haproxy/drift-scene.ts';
import { startDriftWalk } from '../../support/haproxy/drift-walk.ts';
import { seededRandom } from '../../support/random.ts';

/** `npm run test:walk -- --walk drift` sets more steps, and a seed. */
const { WALK_STEPS = '60', WALK_SEED = `${Date.now() % 1_000_000}` } = process.env;
const DAMAGE = 0.1;

describe('repairs of drift beside random operations', () => {
  const scene = fixture(openDriftScene, (opened) => opened.close());

  it(`leave what each of ${WALK_STEPS} operations wanted, and mend only damage`, async () => {
    const random = seededRandom(Number(WALK_SEED));
    const directory = mkdtempSync(path.join(tmpdir(), 'drift-walk-'));
    const certificates = Array.from({ length: 3 }, () => {
      const pem = namedCertificate(directory, 'a.example.org');
      return { pem, fingerprint: new X509Certificate(pem).fingerprint.replaceAll(':', '') };
    });
    rmSync(directory, { recursive: true });
    const walk = startDriftWalk(scene, random, certificates);
    let damages = 0;
    let worker: number | undefined;
    const pid = (): Promise<number | undefined> =>
      walk.wanted().runs ? scene.answered() : Promise.resolve(undefined);
    for (let step = 1; step <= Number(WALK_STEPS); step += 1) {
      const name = await walk.step();
      const at = `seed ${WALK_SEED}, step ${step}: ${name}`;
      expect(await walk.seen(), at).toEqual(walk.wanted());
      worker = await pid();
      if (random() < DAMAGE && (await walk.damage())) {
        damages += 1;
        await expect.poll(() => scene.repairs(), { message: at }).toBe(damages);
      }
      await walk.looked();
      expect(await walk.seen(), at).toEqual(walk.wanted());
      expect(await pid(), at).toBe(worker);
      expect(scene.repairs(), at).toBe(damages);
    }
    expect(await walk.end()).toBeGreaterThan(Number(WALK_STEPS));
    expect(scene.repairs()).toBe(damages);
  });
});
