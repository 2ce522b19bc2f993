import { describe, expect, it } from 'vitest';
import { demoComplaint, newcomersSteps, parseTests, testComplaint } from '../../fresh/steps.ts';

const ANSWERED = '│ 1 │ http://10.0.1.100:80/ │ 200    │ member1     │';
const VERIFIED = 'Heartbeats: 4 received and verified, 0 refused';

describe('the judge of a demo', () => {
  it('accepts answers through the VIP and verified heartbeats', () => {
    expect(demoComplaint(`${ANSWERED}\n\n${VERIFIED}\n`)).toBeUndefined();
  });

  it.each([
    ['', 'no request'],
    [VERIFIED, 'no request'],
    [`${ANSWERED.replace('200', '503')}\n${VERIFIED}\n`, 'no request'],
    [ANSWERED, 'no heartbeat'],
    [`${ANSWERED}\n${VERIFIED.replace('4', '0')}\n`, 'no heartbeat'],
    [`${ANSWERED}\n${VERIFIED.replace('0 refused', '1 refused')}\n`, 'no heartbeat'],
  ])('rejects %j', (output, complaint) => {
    expect(demoComplaint(output)).toContain(complaint);
  });
});

describe('the judge of tests', () => {
  it.each([
    ['integration: 10 passed, 0 failed\n10 passed, 0 failed\n', undefined],
    ['0 passed, 0 failed\n', 'no test ran, or one failed'],
    ['10 passed, 1 failed\n', 'no test ran, or one failed'],
    ['integration: NOT RUN: it needs root\n1 passed, 0 failed\n', 'the group did not run'],
    ['integration 1/2: NOT RUN: it needs root\n1 passed, 0 failed\n', 'the group did not run'],
    ['', 'no test ran, or one failed'],
  ])('judges %j as %j', (output, complaint) => {
    expect(testComplaint(output)).toBe(complaint);
  });

  it('refuses unknown tests with the choices', () => {
    expect(() => parseTests('all')).toThrow('unknown tests: all (choose integration or none)');
  });
});

describe('the steps of a newcomer', () => {
  const titles = (...args: Parameters<typeof newcomersSteps>): string[] =>
    newcomersSteps(...args).map(({ title }) => title);

  it('are the demo in both topologies as root, the demo as a user, the tests, and a search for Octavia', () => {
    expect(titles('integration', true)).toEqual([
      'git clone, as root',
      'npm run demo, SINGLE, as root',
      'npm run demo, ACTIVE_STANDBY, as root',
      'git clone, as newcomer',
      'npm run demo, SINGLE, as newcomer',
      'sh .ci/setup test, as root',
      'npm test -- integration, as root',
      "nothing of Octavia's packages was installed",
    ]);
  });

  it('have one step that is a group of npm test', () => {
    const tests = newcomersSteps('integration', true).filter(({ isTest }) => isTest === true);
    expect(tests.map(({ title }) => title)).toEqual(['npm test -- integration, as root']);
  });

  it('leave out folders of tests that another root runs', () => {
    const [step] = newcomersSteps('integration', true, ['agent', 'faults']).filter(({ isTest }) => isTest);
    expect(step?.argv).toEqual(['npm', 'test', '--', 'integration', '--without=agent,faults']);
  });

  it('leave the user out if the kernel allows no user namespaces', () => {
    expect(titles('none', false)).toEqual([
      'git clone, as root',
      'npm run demo, SINGLE, as root',
      'npm run demo, ACTIVE_STANDBY, as root',
      "nothing of Octavia's packages was installed",
    ]);
  });
});
