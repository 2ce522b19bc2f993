import { describe, expect, it } from 'vitest';
import {
  judgeReload,
  loadState,
  type MasterProcesses,
  parseMasterProcesses,
} from '../../../../src/domain/haproxy/master-processes.ts';

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

const LOADING_3_2 = `#<PID>          <type>          <reloads>       <uptime>        <version>
20480           master          2 [failed: 0]   0d00h00m03s     3.2.26-1
# workers
20677           worker          0               0d00h00m00s     3.2.26-1
# old workers
20554           worker          1               0d00h00m02s     3.2.26-1

`;
const REFUSED_3_2 = `#<PID>          <type>          <reloads>       <uptime>        <version>
20480           master          2 [failed: 1]   0d00h00m05s     3.2.26-1
# workers
# old workers
20554           worker          1               0d00h00m04s     3.2.26-1

`;

describe('parseMasterProcesses', () => {
  it('distinguishes the current worker from old ones that drain', () => {
    expect(parseMasterProcesses(RUNNING)).toEqual({
      masterPid: 10933,
      version: '2.6.12-1+deb12u4',
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

  it('names no current worker if only old ones run', () => {
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
    version: '2.6.12',
    reloads: 3,
    failedReloads: 0,
    currentWorkerPid: 10,
    oldWorkerPids: [],
  };

  it.each([
    ['a new worker after one more reload', { reloads: 4, currentWorkerPid: 11 }, 'listed'],
    ['the same count', { currentWorkerPid: 10 }, 'pending'],
    ['a counted reload whose worker is still the old one', { reloads: 4, currentWorkerPid: 10 }, 'pending'],
    ['a counted reload without a worker yet', { reloads: 4, currentWorkerPid: undefined }, 'pending'],
    ['a failure', { reloads: 4, failedReloads: 1 }, 'failed'],
    ['another master with a worker', { masterPid: 2, reloads: 0, currentWorkerPid: 20 }, 'listed'],
    [
      'another master whose worker is missing',
      { masterPid: 2, reloads: 0, currentWorkerPid: undefined },
      'pending',
    ],
  ] as const)('judges %s as %3$s', (_what, change, outcome) => {
    expect(judgeReload(before, { ...before, ...change })).toBe(outcome);
  });

  it('waits while the master re-executes itself', () => {
    expect(judgeReload(before, undefined)).toBe('pending');
  });

  it.each([
    ['2.6 to 3.0', 10],
    ['3.1 and later', undefined],
  ])(
    'finds the new worker of a good reload after a failed one of haproxy %s',
    (_version, currentWorkerPid) => {
      const afterFailure = { ...before, failedReloads: 2, currentWorkerPid };
      expect(judgeReload(afterFailure, { ...before, reloads: 5, currentWorkerPid: 12 })).toBe('listed');
    },
  );

  it('reports a failure if the serving worker has become an old one, as of haproxy 3.1', () => {
    const now = parseMasterProcesses(REFUSED_3_2);
    expect(judgeReload({ ...before, masterPid: 20480, reloads: 1, currentWorkerPid: 20554 }, now)).toBe(
      'failed',
    );
  });
});

describe('loadState', () => {
  it.each([
    ['a worker that answers', RUNNING, true, 'serves'],
    ['a worker that does not', RUNNING, false, 'loading'],
    ['a worker that is listed before it serves', LOADING_3_2, false, 'loading'],
    ['a failed reload of haproxy 2.6', REFUSED, true, 'failed'],
    ['a failed reload of haproxy 3.2', REFUSED_3_2, false, 'failed'],
    ['a master with an old worker alone', ONLY_OLD, false, 'failed'],
  ] as const)('of %s is %4$s', (_what, answer, answers, state) => {
    const master = parseMasterProcesses(answer);
    expect(master && loadState(master, answers)).toBe(state);
  });
});
