import { type Command, InvalidArgumentError, Option } from 'commander';
import { isUuid } from '../../domain/ids.ts';
import type { Surroundings } from '../installation.ts';
import { FIXED_TIMES } from './fleet/rollout-times.ts';
import type { FleetRun } from './fleet/run-fleet.ts';
import type { CtlOutcome } from './outcome.ts';
import type { CtlRun } from './run.ts';
import { DEFAULT_PORT, type TargetOptions } from './target-options.ts';

interface CommonOptions extends TargetOptions {
  readonly json: boolean;
  readonly parallel: number;
}

/** The parts that the subcommands need. */
interface Parts {
  readonly ctl: Command;
  readonly run: () => CtlRun;
  readonly json: () => boolean;
  /** Runs a subcommand on all amphorae of the file of --hosts. @returns false without that option */
  readonly onFleet: (use: (run: FleetRun) => Promise<CtlOutcome>) => Promise<boolean>;
}

const LOAD_BALANCER = 'id of the load balancer';

/** Adds the options and subcommands of `ctl`. @param program the command line that has the command `ctl` */
export function addSubcommands(program: Command, ctl: Command, { exit }: Surroundings): void {
  ctl
    // an option may stand before or after the name of the subcommand
    .enablePositionalOptions(false)
    .configureHelp({ showGlobalOptions: true })
    .option(
      '--host <address>',
      'the agent on another machine (default: the one on this machine, only for root)',
    )
    .option('--port <number>', `its port (default: ${DEFAULT_PORT})`)
    .option('--amphora <id>', 'the amphora that must answer (default: any with a certificate of --cacert)')
    .option('--cert <file>', "the client's certificate, as PEM; it may contain the key")
    .option('--key <file>', "the client's key, as PEM (default: the file of --cert)")
    .option('--cacert <file>', 'the authority that signs the certificates of agents, as PEM')
    .option('--json', 'print JSON', false)
    .option(
      '--hosts <file>',
      'all amphorae of a file: a line ADDRESS AMPHORA_ID each, or the JSON of openstack loadbalancer amphora list',
    )
    .option('--parallel <number>', 'with --hosts: amphorae at the same time', parallelNumber, 20);
  const options = (): CommonOptions => ctl.opts<CommonOptions>();
  const parts: Parts = {
    ctl,
    run: () => ({ options: options(), configFile: program.opts<{ configFile: string }>().configFile, exit }),
    json: () => options().json,
    async onFleet(use) {
      const { hosts, ...others } = options();
      if (hosts === undefined) return false;
      const { runOnFleet } = await import('./fleet/run-fleet.ts');
      await runOnFleet({ ...others, hosts }, exit, use);
      return true;
    },
  };
  addViews(parts);
  addChanges(parts);
  addDrain(parts);
  addDrift(parts);
  addUpgrade(parts);
  addStreams(parts);
  addTop(parts);
}

const modules = async () => {
  const [actions, { runOnAgent }] = await Promise.all([import('./actions.ts'), import('./run.ts')]);
  return { actions, runOnAgent };
};

const fleetViews = () => import('./fleet/views.ts');

function addViews({ ctl, run, json, onFleet }: Parts): void {
  ctl
    .command('status')
    .description('the amphora at a glance; exit code 1 if it is not ready')
    .action(async () => {
      if (await onFleet(async (fleet) => (await fleetViews()).fleetStatus(fleet))) return;
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.showStatus(client, json()));
    });
  ctl
    .command('members')
    .description('state, weight, sessions, queue and last check of each member')
    .argument('[load-balancer]', `${LOAD_BALANCER}, or of a UDP or SCTP listener (default: all)`)
    .action(async (id: string | undefined) => {
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.showMembers(client, id, json()));
    });
  ctl
    .command('history')
    .description("a load balancer's configurations that ran last")
    .argument('<load-balancer>', LOAD_BALANCER)
    .action(async (id: string) => {
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.showHistory(client, id, json()));
    });
}

function addChanges({ ctl, run, json }: Parts): void {
  ctl
    .command('rollback')
    .description('make haproxy run an earlier configuration again')
    .argument('<load-balancer>', LOAD_BALANCER)
    .argument('[entry]', 'number or md5 of the history entry (default: the newest except the stored one)')
    .action(async (id: string, to: string | undefined) => {
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.rollBack(client, { id, to, json: json() }));
    });
  ctl
    .command('reload')
    .description('make haproxy run the stored configuration; starts it if it is stopped')
    .argument('<load-balancer>', LOAD_BALANCER)
    .action(async (id: string) => {
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.reload(client, id, json()));
    });
}

interface DrainOptions {
  readonly show: boolean;
  readonly cancel: boolean;
  readonly timeout?: number;
  readonly cut: boolean;
  readonly wait: boolean;
}

function addDrain({ ctl, run, json }: Parts): void {
  ctl
    .command('drain')
    .description('take a member out when its sessions have ended, or at a deadline')
    .argument('<load-balancer>', LOAD_BALANCER)
    .argument('<member>', 'id of the member')
    .option('--timeout <seconds>', 'time until the deadline (default: 60)', wholeNumber)
    .option('--cut', 'close the sessions that are left at the deadline', false)
    .option('--wait', 'wait for the end of the drain; exit code 1 if something else ended it', false)
    .addOption(
      new Option('--show', 'only show the drain').conflicts(['cancel', 'cut', 'timeout']).default(false),
    )
    .addOption(
      new Option('--cancel', 'end the drain and bring the member back')
        .conflicts(['cut', 'timeout', 'wait'])
        .default(false),
    )
    .action(async (id: string, member: string, options: DrainOptions) => {
      const { show, cancel, cut, wait: waits, timeout: timeoutSeconds } = options;
      const beside = show ? 'show' : 'start';
      const action = cancel ? 'cancel' : beside;
      const { actions, runOnAgent } = await modules();
      const settings = { action, timeoutSeconds, cut, waits, json: json() } as const;
      await runOnAgent(run(), (client) => actions.drain(client, { id, member }, settings));
    });
}

function addDrift({ ctl, run, json, onFleet }: Parts): void {
  ctl
    .command('drift')
    .description(
      'what the amphora has otherwise than it should; exit code 1 if there is any, 4 if it is not known',
    )
    .option('--repair', 'repair it; not with --hosts', false)
    .action(async ({ repair }: { repair: boolean }) => {
      if (await onFleet(async (fleet) => (await fleetViews()).fleetDrift(fleet, repair))) return;
      const { actions, runOnAgent } = await modules();
      await runOnAgent(run(), (client) => actions.showDrift(client, { repair, json: json() }));
    });
}

interface UpgradeOptions {
  readonly canary: number;
  readonly batch: string;
  readonly stopOn: number;
  readonly accept: readonly string[];
  readonly dryRun: boolean;
  readonly state?: string;
  readonly settle: number;
  readonly deadline: number;
}

function addUpgrade({ ctl, onFleet }: Parts): void {
  ctl
    .command('upgrade')
    .description(
      'with --hosts: patch all amphorae by a signed bundle, turn after turn, while each looks as before',
    )
    .argument('<bundle>', 'file that amphora-agent bundle made')
    .option('--canary <number>', 'amphorae of the first turn', wholeNumber, 1)
    .option('--batch <number>', 'amphorae of each later turn: a number, or a share such as 10%', '10%')
    .option('--stop-on <number>', 'failed amphorae at which no other one begins', positiveNumber, 1)
    .option(
      '--accept <amphora>',
      'id of an amphora that failed before and is good enough as it is now; can be repeated',
      amphoraIds,
      [],
    )
    .option('--dry-run', 'each agent checks the bundle and drops it; shows the turns', false)
    .option('--state <file>', 'state that a later command resumes (default: HOSTS.rollout.json)')
    .option('--settle <seconds>', 'time from the end of an upgrade to the comparison', wholeNumber, 30)
    .option('--deadline <seconds>', 'longest time until an upgrade has its result', positiveNumber, 1800)
    .action(async (bundle: string, given: UpgradeOptions) => {
      const { dryRun: isTrial, accept: accepted, settle, deadline, ...others } = given;
      const times = { settleMs: settle * 1000, upgradeMs: deadline * 1000, ...FIXED_TIMES };
      const options = { state: undefined, ...others, bundle, isTrial, accepted, times };
      const rollOut = async (run: FleetRun) => (await import('./fleet/rollout.ts')).rollOut(run, options);
      if (!(await onFleet(rollOut))) ctl.error("error: upgrade needs '--hosts <file>'");
    });
}

function amphoraIds(text: string, others: readonly string[]): string[] {
  if (!isUuid(text)) throw new InvalidArgumentError('It must be the id of an amphora.');
  return [...others, text.toLowerCase()];
}

interface CaptureOptions {
  readonly interface: string;
  readonly filter?: string;
  readonly seconds?: string;
  readonly bytes?: string;
  readonly payload: boolean;
  readonly output: string;
}

function addStreams({ ctl, run, onFleet }: Parts): void {
  ctl
    .command('diagnostics')
    .description('fetch everything that helps to find a fault as one archive, without secrets')
    .requiredOption(
      '-o, --output <file>',
      'the archive (tar.gz), or - for standard output; with --hosts: a directory',
    )
    .action(async ({ output }: { output: string }) => {
      if (await onFleet(async (fleet) => (await fleetViews()).fleetDiagnostics(fleet, output))) return;
      const [{ fetchDiagnostics }, { runOnAgent }] = await Promise.all([
        import('./streams.ts'),
        import('./run.ts'),
      ]);
      await runOnAgent(run(), (client) => fetchDiagnostics(client, output));
    });
  ctl
    .command('capture')
    .description('capture packets of an interface of the amphora as pcap')
    .requiredOption('-i, --interface <name>', 'name of the interface, for example eth1')
    .option('--filter <expression>', 'in the syntax of pcap-filter(7) (default: all packets)')
    .option('--seconds <number>', "the longest time (default: the agent's)")
    .option('--bytes <number>', "the largest size (default: the agent's)")
    .option('--payload', 'whole packets, not only their headers', false)
    .option('-o, --output <file>', 'the capture, or - for standard output', '-')
    .action(async ({ output, filter, seconds, bytes, ...others }: CaptureOptions) => {
      const [{ capture }, { runOnAgent }] = await Promise.all([import('./streams.ts'), import('./run.ts')]);
      await runOnAgent(run(), (client) => capture(client, { filter, seconds, bytes, ...others }, output));
    });
}

function addTop({ ctl, run, json }: Parts): void {
  ctl
    .command('top')
    .description('listeners, members, heartbeats and reloads live in the terminal; q ends it')
    .option('--interval <seconds>', 'time between two refreshes', seconds, 1)
    .option('--once', 'print once and end; exit code 1 if the amphora is not ready', false)
    .action(async ({ interval, once }: { interval: number; once: boolean }) => {
      const [{ top }, { runOnAgent }] = await Promise.all([import('./top.ts'), import('./run.ts')]);
      await runOnAgent(run(), (client) => top(client, { intervalMs: interval * 1000, once, json: json() }));
    });
}

function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

const MOST_PARALLEL = 500;

function parallelNumber(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MOST_PARALLEL)
    throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_PARALLEL}.`);
  return value;
}

const LONGEST_INTERVAL = 3600;

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function seconds(text: string): number {
  const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value < 0.1 || value > LONGEST_INTERVAL)
    throw new InvalidArgumentError(`It must be a number of seconds from 0.1 to ${LONGEST_INTERVAL}.`);
  return value;
}
