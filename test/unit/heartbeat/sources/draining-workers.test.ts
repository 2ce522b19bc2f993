import { expect, it } from 'vitest';
import { createDrainingWorkers } from '../../../../src/heartbeat/sources/draining-workers.ts';

const HEADER = '# pxname,svname,scur,stot,bin,bout,ereq,status,weight,type';
const HEAD = '#<PID>          <type>          <reloads>       <uptime>        <version>';
const processes = (current: number, old: readonly number[]): string =>
  [
    HEAD,
    '1               master          1 [failed: 0]   0d00h00m01s     2.6.12',
    '# workers',
    `${current}               worker          0               0d00h00m01s     2.6.12`,
    '# old workers',
    ...old.map((pid) => `${pid}               worker          1               0d00h00m01s     2.6.12`),
    '# programs',
    '',
    '',
  ].join('\n');

/** A master whose workers change as a test says. */
function playedMaster() {
  const state = { current: 10, old: [] as number[], asked: [] as string[], isStuck: false };
  let goOn: () => void = () => undefined;
  const workers = createDrainingWorkers({
    files: { exists: async () => true },
    haproxy: {
      async ask(_socket, command) {
        state.asked.push(command);
        if (state.isStuck && command !== 'show proc') {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
        return command === 'show proc'
          ? processes(state.current, state.old)
          : `${HEADER}\nL,FRONTEND,0,1,20,30,0,OPEN,,0\n\n`;
      },
    },
  });
  return { state, workers, goOn: () => goOn() };
}

it('the master is not read again before another worker answers', async () => {
  const { state, workers } = playedMaster();
  for (const _beat of [1, 2, 3]) expect(await workers.beside(10, '/master', 1000)).toEqual(new Map());
  expect(state.asked).toEqual(['show proc']);
  Object.assign(state, { current: 11, old: [10] });
  for (const _beat of [4, 5])
    expect(await workers.beside(11, '/master', 1000)).toEqual(
      new Map([[10, new Map([['L', { bin: 20, bout: 30, ereq: 0, stot: 1 }]])]]),
    );
  expect(state.asked.filter((command) => command === 'show proc')).toHaveLength(3);
});

it('a worker that does not report its process is looked up every time', async () => {
  const { state, workers } = playedMaster();
  for (const _beat of [1, 2]) await workers.beside(undefined, '/master', 1000);
  expect(state.asked).toHaveLength(2);
});

it('a haproxy that returns after its removal is looked up again', async () => {
  const { state, workers } = playedMaster();
  await workers.beside(10, '/master', 1000);
  workers.keepOnly(['/other']);
  await workers.beside(10, '/master', 1000);
  expect(state.asked).toHaveLength(2);
});

it('a draining worker gets no second question before it has answered the first one', async () => {
  const { state, workers, goOn } = playedMaster();
  Object.assign(state, { current: 11, old: [10], isStuck: true });
  const questions = () => state.asked.filter((command) => command.startsWith('@!10 ')).length;
  for (const _beat of [1, 2, 3]) expect(await workers.beside(11, '/master', 1)).toBeUndefined();
  expect(questions()).toBe(1);
  state.isStuck = false;
  goOn();
  await expect.poll(() => workers.beside(11, '/master', 1000)).toHaveProperty('size', 1);
  expect(questions()).toBe(2);
});
