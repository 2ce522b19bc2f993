import { describe, expect, it } from 'vitest';
import {
  judgeReload,
  type MasterProcesses,
  parseMasterProcesses,
} from '../../../src/domain/master-processes.ts';

const RUNNING = `#<PID>          <type>          <reloads>       <uptime>        <version>
10933           master          4 [failed: 0]   0d00h00m06s     2.6.12-1+deb12u4
# workers
11085           worker          0               0d00h00m01s     2.6.12-1+deb12u4
# old workers
10962           worker          2               0d00h00m09s     2.6.12-1+deb12u4
# programs

`;
const REFUSED = `#<PID>          <type>          <reloads>       <uptime>        <version>
11226           master          1 [failed: 1]   0d00h00m03s     2.6.12-1+deb12u4
# workers
11229           worker          1               0d00h00m03s     2.6.12-1+deb12u4
# programs

`;
const ONLY_OLD = `#<PID>          <type>          <reloads>       <uptime>        <version>
11226           master          1 [failed: 0]   0d00h00m03s     2.6.12
# workers
# old workers
11229           worker          1               0d00h00m03s     2.6.12
`;

describe('parseMasterProcesses', () => {
  it('tells the current worker from old ones that drain', () => {
    expect(parseMasterProcesses(RUNNING)).toEqual({
      masterPid: 10933,
      reloads: 4,
      failedReloads: 0,
      currentWorkerPid: 11085,
      oldWorkerPids: [10962],
    });
  });

  it('counts failed reloads', () => {
    expect(parseMasterProcesses(REFUSED)).toMatchObject({
      reloads: 1,
      failedReloads: 1,
      currentWorkerPid: 11229,
    });
  });

  it('names no current worker where only old ones run', () => {
    expect(parseMasterProcesses(ONLY_OLD)?.currentWorkerPid).toBeUndefined();
  });

  it.each(['', 'Unknown command', '#<PID> <type>\n# workers\n12 worker 0\n'])(
    'finds no master in %j',
    (answer) => {
      expect(parseMasterProcesses(answer)).toBeUndefined();
    },
  );
});

describe('judgeReload', () => {
  const before: MasterProcesses = {
    masterPid: 1,
    reloads: 3,
    failedReloads: 0,
    currentWorkerPid: 10,
    oldWorkerPids: [],
  };

  it.each([
    ['a new worker after one more reload', { reloads: 4, currentWorkerPid: 11 }, 'done'],
    ['the same count', { currentWorkerPid: 10 }, 'pending'],
    ['a counted reload whose worker is still the old one', { reloads: 4, currentWorkerPid: 10 }, 'pending'],
    ['a counted reload without a worker yet', { reloads: 4, currentWorkerPid: undefined }, 'pending'],
    ['a failure', { reloads: 4, failedReloads: 1 }, 'failed'],
    ['another master with a worker', { masterPid: 2, reloads: 0, currentWorkerPid: 20 }, 'done'],
    [
      'another master whose worker is missing',
      { masterPid: 2, reloads: 0, currentWorkerPid: undefined },
      'pending',
    ],
  ] as const)('%s is %3$s', (_what, change, outcome) => {
    expect(judgeReload(before, { ...before, ...change })).toBe(outcome);
  });

  it('waits while the master re-executes itself', () => {
    expect(judgeReload(before, undefined)).toBe('pending');
  });

  it('takes a good reload after a failed one for done', () => {
    const afterFailure = { ...before, failedReloads: 2 };
    expect(judgeReload(afterFailure, { ...before, reloads: 5, currentWorkerPid: 12 })).toBe('done');
  });
});
