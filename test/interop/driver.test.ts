import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchThroughVip } from '../support/amphora/amphora-lab.ts';
import { KINDS } from './driver/model.ts';
import { openTheatre, play, type Stage, type Theatre } from './driver/player.ts';
import type { Act } from './driver/scenario.ts';
import { TRANSPORT_METHODS } from './driver/steps.ts';

describe("Octavia's own driver", () => {
  let theatre: Theatre;

  beforeAll(async () => {
    theatre = await openTheatre();
  });
  afterAll(async () => {
    await theatre?.close();
  });

  it('is called with every method that it has', async () => {
    for (const { acts, driver } of theatre.stages.slice(0, 1)) {
      const driven = new Set(acts.flatMap(({ steps }) => steps.map(({ call }) => call)));
      const methods = (await driver.methods()).filter((name) => !TRANSPORT_METHODS.includes(name));
      expect(methods).toContain('upload_config');
      expect(methods.filter((name) => !driven.has(name))).toEqual([]);
    }
  });

  describe.each(KINDS)('with a $topology amphora, $family', ({ number, topology }) => {
    const stage = (): Stage => {
      const found = theatre.stages[number];
      if (found === undefined) throw new Error('no such stage');
      return found;
    };
    const playAct = async (choose: (acts: Stage['acts']) => Act): Promise<void> => {
      for (const step of choose(stage().acts).steps) {
        expect.soft(await play(stage(), step), step.name).toEqual(step.expected);
      }
    };
    const nextHeartbeat = (listener: string) =>
      theatre.world.healthManager.next(
        ({ id, listeners }) => id === stage().amphora.id && listener in listeners,
      );

    it('gets the expected answers until the load balancer serves', async () => {
      await playAct(([first]) => first);
    });

    // in ACTIVE_STANDBY, keepalived sets the VIP, which pair.test.ts covers
    const itInSingle = topology === 'SINGLE' ? it : () => undefined;
    itInSingle('has the traffic of each VIP balanced over both members', async () => {
      for (const { ip_address: vip } of stage().model.vips) {
        const answers = await Promise.all(
          Array.from({ length: 8 }, () => fetchThroughVip(theatre.world.lab, vip)),
        );
        expect(answers).not.toContain(undefined);
        for (const { name } of theatre.world.members) {
          expect(answers.filter((answer) => answer?.includes(name)).length).toBeGreaterThan(0);
        }
      }
    });

    it('receives heartbeats with exactly its listener, pool and members', async () => {
      const { listener, pool } = stage().model;
      const observed = async () => {
        const { message } = await nextHeartbeat(listener);
        const members = message.pools?.[`${pool}:${listener}`]?.members ?? {};
        return { listeners: Object.keys(message.listeners), members: Object.values(members) };
      };
      // a check that is late on a busy machine shows a member as `UP 1/2` until the next one
      const expected = { listeners: [listener], members: theatre.world.members.map(() => 'UP') };
      await expect.poll(observed).toEqual(expected);
    });

    it('gets the expected answers until a UDP listener runs too', async () => {
      await playAct(([, second]) => second);
    });

    it('receives heartbeats of both listeners', async () => {
      const { listener, pool, udpListener, udpPool } = stage().model;
      const observed = async () => {
        const { message } = await nextHeartbeat(udpListener);
        const { status } = message.listeners[udpListener] ?? {};
        const [listeners, pools] = [message.listeners, message.pools ?? {}].map((part) =>
          Object.keys(part).sort(),
        );
        return { status, listeners, pools };
      };
      // a heartbeat leaves out the listeners of a haproxy that answers too late, as on a busy machine
      const expected = { listeners: [listener, udpListener], pools: [`${pool}:${listener}`, udpPool] };
      await expect.poll(observed).toEqual({ status: 'OPEN', ...expected });
    });

    it('gets the expected answers until everything is deleted', async () => {
      await playAct(([, , third]) => third);
    });
  });

  it('receives no heartbeat that it refuses', () => {
    expect(theatre.world.healthManager.refused).toEqual([]);
  });
});
