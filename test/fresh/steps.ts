/** One step of a newcomer, with the judge of its outcome. */
export interface Step {
  readonly title: string;
  readonly user: 'root' | 'newcomer';
  /** runs in the user's clone, or in the home directory where there is no clone yet */
  readonly argv: readonly [string, ...string[]];
  readonly inClone: boolean;
  /** whether it runs a group of npm test */
  readonly isTest?: true;
  /** @returns the fault in the output of a step that ended with 0, or undefined if there is none */
  complaint?(output: string): string | undefined;
  /** milliseconds */
  readonly limitMs: number;
}

/** The repository inside the root, from which a newcomer clones. */
export const SOURCE_INSIDE = '/srv/amphora-agent.git';
export const CLONE = 'amphora-agent';
export const NEWCOMER = 'newcomer';

const MINUTE_MS = 60_000;
const TOPOLOGIES = ['SINGLE', 'ACTIVE_STANDBY'] as const;

/** The values of --tests: the group of `npm test` that runs inside the root, or none. */
const TESTS = ['integration', 'none'] as const;
export type Tests = (typeof TESTS)[number];

/** @throws Error one line with the choices */
export function parseTests(word: string): Tests {
  const tests = TESTS.find((name) => name === word);
  if (tests === undefined) throw new Error(`unknown tests: ${word} (choose ${TESTS.join(' or ')})`);
  return tests;
}

/**
 * Folders of integration tests whose subject is the agent itself: its process, its files, its answers. They use Debian's programs
 * too, but one release shows what the other does.
 */
export const OF_THE_AGENT: readonly string[] = [
  'agent',
  'certificates',
  'diagnostics',
  'faults',
  'fleet',
  'hostile',
  'sandbox',
  'supervisor',
  'upgrade',
];

/** Groups of npm test that no fresh root runs, with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'lint, types, unit': 'they depend on nothing of the machine but Node, which the lock file pins',
  'interop, systemd': 'they make Debian roots of their own, and overlayfs is not stacked so deep',
};

/** Fails if anything of Octavia's is in the root: its commands have the names of ours. */
const NOTHING_OF_OCTAVIA =
  'if ls -d /usr/bin/octavia-* /usr/bin/haproxy-vrrp-check /usr/bin/amphora-* /usr/lib/python3/dist-packages/octavia 2>/dev/null; then exit 1; fi';

/**
 * All steps in a root, in their order.
 * @param userNamespaces whether the kernel lets ordinary users make namespaces
 * @param without folders of tests that are left out
 */
export function newcomersSteps(
  tests: Tests,
  userNamespaces: boolean,
  without: readonly string[] = [],
): Step[] {
  const asUser: Step[] = [clone(NEWCOMER), demo(NEWCOMER, 'SINGLE')];
  return [
    clone('root'),
    ...TOPOLOGIES.map((topology) => demo('root', topology)),
    ...(userNamespaces ? asUser : []),
    ...(tests === 'none' ? [] : [setUp(), npmTest(tests, without)]),
    octaviaFree(),
  ];
}

const clone = (user: Step['user']): Step => ({
  title: `git clone, as ${user}`,
  user,
  argv: ['git', 'clone', '--quiet', SOURCE_INSIDE, CLONE],
  inClone: false,
  limitMs: 5 * MINUTE_MS,
});

const demo = (user: Step['user'], topology: string): Step => ({
  title: `npm run demo, ${topology}, as ${user}`,
  user,
  argv: ['npm', 'run', 'demo', '--', '--topology', topology],
  inClone: true,
  complaint: demoComplaint,
  limitMs: 20 * MINUTE_MS,
});

/** The first half of npm test, which needs no processor to itself. */
const setUp = (): Step => ({
  title: 'sh .ci/setup test, as root',
  user: 'root',
  argv: ['sh', '.ci/setup', 'test'],
  inClone: true,
  limitMs: 20 * MINUTE_MS,
});

const npmTest = (group: string, without: readonly string[]): Step => ({
  title: `npm test -- ${group}, as root`,
  user: 'root',
  argv: ['npm', 'test', '--', group, ...(without.length > 0 ? [`--without=${without.join()}`] : [])],
  inClone: true,
  isTest: true,
  complaint: testComplaint,
  limitMs: 80 * MINUTE_MS,
});

const octaviaFree = (): Step => ({
  title: "nothing of Octavia's packages was installed",
  user: 'root',
  argv: ['sh', '-c', NOTHING_OF_OCTAVIA],
  inClone: false,
  limitMs: 5 * MINUTE_MS,
});

const ANSWER = /http:\/\/10\.0\.1\.100:80\/ +│ 200 +│ member\d/;
const HEARTBEATS = /^Heartbeats: ([1-9]\d*) received and verified, 0 refused$/m;

/** A demo went well if clients were answered through the VIP and heartbeats were verified. */
export function demoComplaint(output: string): string | undefined {
  if (!ANSWER.test(output)) return 'no request through the VIP was answered with 200 by a member';
  if (!HEARTBEATS.test(output)) return 'no heartbeat was received and verified, or one was refused';
  return undefined;
}

/** Tests went well if some ran and none failed or was left out. */
export function testComplaint(output: string): string | undefined {
  if (/^[\w/ ]+: NOT RUN/m.test(output)) return 'the group did not run';
  return /^[1-9]\d* passed, 0 failed$/m.test(output) ? undefined : 'no test ran, or one failed';
}
