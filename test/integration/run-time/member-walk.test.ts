import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/fixture.ts';
import type { ServerStates } from '../../support/haproxy/server-states.ts';
import { seededRandom } from '../../support/random.ts';
import { startMemberWalk } from '../../support/run-time/member-walk.ts';
import { openRunTimeScene } from '../../support/run-time/run-time-scene.ts';

/** `npm run test:walk` sets more steps, and a seed. */
const { WALK_STEPS = '80', WALK_SEED = `${Date.now() % 1_000_000}` } = process.env;

/**
 * Returns the values that the configuration decides. A change at run time keeps the first weight as the initial one, and haproxy
 * computes the weight of a server in maintenance only when it is ready again.
 */
const configured = ({ configured: servers }: ServerStates) =>
  Object.fromEntries(
    Object.entries(servers).map(([key, { srv_admin_state, srv_iweight: _, weight, ...values }]) => {
      const isInMaintenance = (Number(srv_admin_state) & IN_MAINTENANCE) !== 0;
      return [key, { ...values, isInMaintenance, weight: isInMaintenance ? '' : weight }];
    }),
  );

/** Bit of srv_admin_state, which a command and the configuration set. */
const IN_MAINTENANCE = 1;

describe('a walk of member changes', () => {
  const scene = fixture(openRunTimeScene, (opened) => opened.close());

  it(`leaves the state of a haproxy that is started with the text, after each of ${WALK_STEPS} steps`, async () => {
    const walk = startMemberWalk(
      seededRandom(Number(WALK_SEED)),
      scene.context.paths.loadBalancer(scene.id).statsSocket,
    );
    await scene.start(walk.text());
    const done: string[] = [];
    for (let step = 1; step <= Number(WALK_STEPS); step += 1) {
      const before = await scene.worker();
      walk.step();
      const kind = await scene.apply(walk.text());
      done.push(kind);
      const at = `seed ${WALK_SEED}, step ${step}: ${kind}`;
      expect(configured(await scene.states()), at).toEqual(configured(await scene.freshStates(walk.text())));
      const isAvoided = kind === 'members' || kind === 'identical';
      expect((await scene.worker()) === before, at).toBe(isAvoided);
      expect(kind, at).not.toMatch(/command failed|unknown state|worker differs/);
    }
    expect(done.filter((kind) => kind === 'members').length).toBeGreaterThan(Number(WALK_STEPS) / 4);
  });
});
