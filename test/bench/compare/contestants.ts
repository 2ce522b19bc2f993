import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LIBRARY } from '../../../packaging/installation-tree.ts';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { AgentPrograms } from '../../../sandbox/amphora/amphora-files.ts';
import {
  type Controller,
  type ControllerRequest,
  createController,
} from '../../../sandbox/controller/controller.ts';
import {
  haproxyConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { descendants } from '../../../sandbox/programs/descendants.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { PYTHON_PROGRAMS, preparePythonAmphora, pretendSystemd } from '../../peer/python-amphora.ts';
import { REPOSITORY } from '../../repository.ts';
import {
  type AmphoraLab,
  first,
  type LabAmphora,
  startAmphoraLab,
} from '../../support/amphora/amphora-lab.ts';
import { temporaryFile } from '../../support/amphora/api.ts';
import { labLoadBalancer } from '../../support/haproxy/load-balancer.ts';
import { AGENTS, type AgentName } from '../charts/rows.ts';

/** An agent in an amphora of its own, whose load balancer serves. */
export interface Contestant {
  readonly name: AgentName;
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly balancer: LoadBalancer;
  readonly vip: string;
  /** Asks on a kept connection. @throws Error where the status isn't 200 or 202 */
  must(
    method: ControllerRequest['method'],
    path: string,
    sent?: { json?: unknown; text?: string },
  ): Promise<string>;
  /** Starts the stopped agent, as its unit does. @param pagesOut false leaves out the page-out of the unit */
  start(pagesOut?: boolean): Promise<void>;
  /** process ids of the agent, all its processes */
  pids(): Promise<number[]>;
  /** Writes the configuration and restarts the agent. @param seconds heartbeat_interval */
  restart(seconds: number): Promise<void>;
  /** The same without a new start: the agent takes it up by itself. */
  setInterval(seconds: number): Promise<void>;
  /** number of its last heartbeat; -1 before the first since the start */
  sequence(): number;
  /** Uploads a configuration of its load balancer. */
  upload(text: string): Promise<string>;
  /** Has haproxy run with what was uploaded. */
  reload(): Promise<string>;
  /** Both, one after the other. */
  serve(text: string): Promise<void>;
}

type Packaging = typeof import('../../../packaging/debian/debian-package.ts');

/** An installed agent of this project, at the very place where the package puts it. */
export interface Installation {
  readonly programs: AgentPrograms;
  /** of all its files, in bytes */
  readonly bytes: number;
  remove(): Promise<void>;
}

/** seconds; what the row of the idle agent is measured at */
export const USUAL_INTERVAL = 3;
/** seconds; octavia-agent takes whole ones only */
export const FAST_INTERVALS = { ours: 0.05, theirs: 0 } as const;
/**
 * seconds; octavia-agent makes one heartbeat at once after the other, without a sleep between them. In a sleep of this agent the
 * processor does other work and forgets the agent's code, which then costs more than the heartbeat.
 */
export const FASTEST_INTERVALS = { ours: 0.01, theirs: 0 } as const;
const IDS: Readonly<Record<AgentName, string>> = { ours: randomUUID(), theirs: randomUUID() };
const VIP_HOSTS: Readonly<Record<AgentName, number>> = { ours: 101, theirs: 102 };

/**
 * Only in a private world: /usr/lib is its own there. The files are on a disk, as in an amphora.
 * @param root the repository that is bundled, by its own code: an older commit installs other files; default: this one
 */
export async function install(root = REPOSITORY): Promise<Installation> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-installed-'));
  const [work, tree] = [path.join(directory, 'work'), path.join(directory, 'tree')];
  await mkdir(work);
  const processor = process.arch === 'arm64' ? 'arm64' : 'x64';
  const { layOut }: Packaging = await import(path.join(root, 'packaging/debian/debian-package.ts'));
  const bytes = await layOut(createCommandRunner(), { root, version: 'measured', processor }, work, tree);
  const library = `/${LIBRARY}`;
  await mkdir(library, { recursive: true });
  await runProgram(['mount', '--bind', path.join(tree, LIBRARY), library]);
  const agent = path.join(library, 'amphora-agent.cjs');
  await runProgram([agent, 'warm-up'], { timeoutMs: 60_000 });
  return {
    programs: { agent: [agent], commands: path.join(library, 'bin') },
    bytes,
    async remove() {
      await runProgram(['umount', library]);
      await rm(directory, { recursive: true });
    },
  };
}

/** A lab with them, each with its load balancer started. */
export async function startContestants(
  installation: Installation,
  names: readonly AgentName[] = AGENTS,
): Promise<{
  readonly world: AmphoraLab;
  readonly contestants: readonly Contestant[];
}> {
  const world = await startAmphoraLab({
    amphorae: names.length,
    heartbeatInterval: USUAL_INTERVAL,
    each: (index) => {
      const name = names[index] ?? 'ours';
      return { id: IDS[name], programs: name === 'ours' ? installation.programs : PYTHON_PROGRAMS };
    },
    prepare: (amphora) =>
      amphora.id === IDS.ours ? pretendSystemd(amphora.box) : preparePythonAmphora(amphora),
  });
  const contestants: Contestant[] = [];
  for (const [index, amphora] of world.amphorae.entries()) {
    const contestant = await contestantOf(world, amphora, names[index] ?? 'ours');
    await plugVip(contestant);
    await contestant.serve(haproxyConfigText(contestant.balancer));
    contestants.push(contestant);
  }
  return { world, contestants };
}

async function contestantOf(world: AmphoraLab, amphora: LabAmphora, name: AgentName): Promise<Contestant> {
  const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
  const controller = await createController(target, world.pki);
  const { amphorae, ...lab } = labLoadBalancer(world, VIP_HOSTS[name]);
  const balancer = { ...lab, amphorae: amphorae.filter(({ id }) => id === amphora.id) };
  const must = mustAnswer(world, controller);
  const upload = (text: string): Promise<string> =>
    must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
  const reload = (): Promise<string> => must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  const { heartbeats } = world.healthManager;
  let startedAt = Date.now();
  const start = async (pagesOut = true): Promise<void> => {
    startedAt = Date.now();
    await amphora.startAgent();
    if (name === 'ours' && pagesOut) void pageOut(amphora);
  };
  const configWith = async (seconds: number): Promise<string> =>
    (await amphora.readText(AGENT_CONFIG_FILE)).replace(
      /^heartbeat_interval = .*$/m,
      `heartbeat_interval = ${seconds}`,
    );
  return {
    ...{ name, world, amphora, balancer, must, start },
    vip: first(balancer.vips).address,
    async pids() {
      const pid = amphora.agentPid();
      if (pid === undefined) throw new Error(`${name}: the agent doesn't run`);
      return [pid, ...(await descendants(pid))];
    },
    async restart(seconds) {
      await writeFile(amphora.box.file(AGENT_CONFIG_FILE), await configWith(seconds), { mode: 0o600 });
      await amphora.stopAgent();
      await start();
    },
    async setInterval(seconds) {
      await must('PUT', '/1.0/config', { text: await configWith(seconds) });
    },
    sequence() {
      const last = heartbeats.findLast(({ message }) => message.id === amphora.id);
      return last === undefined || last.receivedAt < startedAt ? -1 : last.message.seq;
    },
    ...{ upload, reload },
    async serve(text) {
      await upload(text);
      await reload();
    },
  };
}

/** amphora-agent.service has it as ExecStartPost. */
async function pageOut(amphora: LabAmphora): Promise<void> {
  await runProgram([`/${LIBRARY}/bin/page-out`, `${amphora.agentPid()}`]);
}

const mustAnswer =
  (world: AmphoraLab, controller: Controller): Contestant['must'] =>
  async (method, target, { json, text } = {}) => {
    const answer = await controller.request({
      ...{ method, path: target },
      ...(text === undefined ? {} : { file: await temporaryFile(world, text) }),
      ...(json === undefined ? {} : { json }),
    });
    if (answer.status !== 200 && answer.status !== 202)
      throw new Error(`${method} ${target}: ${answer.status} ${answer.body}`);
    return answer.body;
  };

/** A new interface becomes the VIP's. @returns what it took to be answered, in ms */
export async function plugVip({ amphora, balancer, vip, must }: Contestant): Promise<number> {
  const { macAddress } = await amphora.plugNic('vip');
  const { vrrpAddress } = first(balancer.amphorae);
  const json = plugVipBody(balancer, { macAddress, vrrpAddress });
  const began = performance.now();
  await must('POST', `/1.0/plug/vip/${vip}`, { json });
  return performance.now() - began;
}
