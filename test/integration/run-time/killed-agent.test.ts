import { describe, expect, it } from 'vitest';
import { fixtureForEach } from '../../support/fixture.ts';
import { openRunTimeScene } from '../../support/run-time/run-time-scene.ts';

const CHECK = 'check inter 20s fall 3 rise 2';
/** Two additions with three commands each, a weight, a state, and two removals. */
const COMMANDS = 10;

describe('an agent that is killed while it changes members', () => {
  const scene = fixtureForEach(openRunTimeScene, (opened) => opened.close());

  const text = (members: readonly string[]): string =>
    [
      ...[
        'global',
        `    stats socket ${scene.context.paths.loadBalancer(scene.id).statsSocket} mode 0666 level user`,
      ],
      ...['    maxconn 100', 'defaults', '    mode http', '    timeout connect 1s', '    timeout client 5s'],
      ...['    timeout server 5s', 'frontend l', '    bind 127.0.0.1:18098', '    default_backend p:l'],
      ...['backend p:l', ...members.map((member) => `    server ${member}`), ''],
    ].join('\n');
  const oldText = () =>
    text([
      `one 127.0.0.1:9001 weight 1 ${CHECK}`,
      `two 127.0.0.1:9002 weight 1 ${CHECK}`,
      `three 127.0.0.1:9003 weight 1 ${CHECK}`,
      `four 127.0.0.1:9004 weight 1 ${CHECK}`,
    ]);
  const newText = () =>
    text([
      `one 127.0.0.1:9001 weight 9 ${CHECK}`,
      `two 127.0.0.1:9002 weight 1 ${CHECK} disabled`,
      `five 127.0.0.1:9005 weight 2 ${CHECK}`,
      `six 127.0.0.1:9006 weight 3 ${CHECK}`,
    ]);

  it.each(Array.from({ length: COMMANDS + 1 }, (_, sent) => [sent]))(
    'runs the stored members after the start of the next agent: killed after %i commands',
    async (sent) => {
      await scene.start(oldText());
      expect(await scene.applyKilledAfter(newText(), sent)).toBe('killed');
      const [runs, fresh] = [await scene.states(), await scene.freshStates(newText())];
      expect(Object.keys(runs.configured).toSorted()).toEqual(Object.keys(fresh.configured).toSorted());
      const weights = Object.entries(runs.configured).map(([key, row]) => [
        key,
        row['srv_uweight'],
        row['kind'],
      ]);
      expect(weights).toEqual(
        Object.entries(fresh.configured).map(([key, row]) => [key, row['srv_uweight'], row['kind']]),
      );
      expect(await scene.apply(newText())).toBe('identical');
    },
  );

  it('does a reload when the disk has no room for the record of the change', async () => {
    await scene.start(oldText());
    expect(await scene.applyWithoutRecord(newText())).toMatch(/^command failed: .*ENOSPC/);
    const [runs, fresh] = [await scene.states(), await scene.freshStates(newText())];
    expect(Object.keys(runs.configured).toSorted()).toEqual(Object.keys(fresh.configured).toSorted());
  });

  it('changes nothing at the start of the next agent when the change had ended', async () => {
    await scene.start(oldText());
    const worker = await scene.worker();
    expect(await scene.applyKilledAfter(newText(), COMMANDS + 1)).toBe('ended');
    expect(await scene.worker()).toBe(worker);
    expect(await scene.apply(newText())).toBe('identical');
  });
});
