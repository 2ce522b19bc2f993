import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Topology } from '../../../sandbox/amphora/agent-config.ts';
import { type Amphora, createAmphora } from '../../../sandbox/amphora/amphora.ts';
import type { AmphoraOptions } from '../../../sandbox/amphora/amphora-files.ts';
import { type Controller, createController } from '../../../sandbox/controller/controller.ts';
import { type HealthManager, startHealthManager } from '../../../sandbox/controller/health-manager.ts';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { createLab, type Lab, type Member } from '../../../sandbox/lab/lab.ts';
import { REPOSITORY } from '../../repository.ts';
import { undocumented } from './documented.ts';
import { loggedSecrets } from './logged-secrets.ts';

export const AGENT_SOURCE = path.join(REPOSITORY, 'src/main.ts');
/** Node stores compiled sources here: an agent starts in half the time. */
const COMPILE_CACHE = path.join(REPOSITORY, 'node_modules/.cache/amphora-agent');
/** The programs of this repository. */
export const PROGRAMS = {
  agent: ['env', `NODE_COMPILE_CACHE=${COMPILE_CACHE}`, process.execPath, AGENT_SOURCE],
  commands: path.join(REPOSITORY, 'src/bin'),
} as const;
const FIRST_MANAGEMENT_HOST = 11;
const FIRST_MEMBER_HOST = 21;

export interface LabAmphora extends Amphora {
  readonly controller: Controller;
}

/** A lab with running agents in boxes, members that answer with their names, and a health manager. */
export interface AmphoraLab {
  readonly directory: string;
  readonly lab: Lab;
  readonly pki: Pki;
  readonly members: readonly Member[];
  readonly healthManager: HealthManager;
  readonly amphorae: readonly LabAmphora[];
  /** @throws Error if an agent has logged a secret or a line of a PEM that was used in this lab */
  close(): Promise<void>;
}

export interface AmphoraLabOptions {
  readonly amphorae?: number;
  readonly members?: number;
  readonly topology?: Topology;
  readonly heartbeatInterval?: number;
  /** the options in which an amphora differs from the others, beside its address */
  readonly each?: (index: number) => Partial<AmphoraOptions>;
  /** whether `close` searches the logs of the agents for secrets; default: true */
  readonly keepsSecrets?: boolean;
  /** runs in the box of an amphora before its agent starts */
  readonly prepare?: (amphora: Amphora) => Promise<void>;
}

export async function startAmphoraLab(options: AmphoraLabOptions = {}): Promise<AmphoraLab> {
  const directory = await mkdtemp(path.join(tmpdir(), 'amphora-lab-'));
  const heartbeatKey = randomBytes(16).toString('hex');
  let printed = '';
  const pki = await createPki(directory);
  const lab = await createLab({ agentCommand: PROGRAMS.agent });
  const healthManager = await startHealthManager(lab.controller, heartbeatKey);
  const members = await times(options.members ?? 2, (index) =>
    lab.startMember(`member${index + 1}`, FIRST_MEMBER_HOST + index),
  );
  const amphorae = await times(options.amphorae ?? 1, async (index): Promise<LabAmphora> => {
    const amphora = await createAmphora(lab, {
      id: randomUUID(),
      topology: options.topology ?? 'SINGLE',
      pki,
      programs: PROGRAMS,
      heartbeatKey,
      heartbeatInterval: options.heartbeatInterval ?? 1,
      managementHost: FIRST_MANAGEMENT_HOST + index,
      healthManagerPort: healthManager.port,
      ...options.each?.(index),
      onAgentOutput: (text) => {
        printed += text;
      },
    });
    await options.prepare?.(amphora);
    await amphora.startAgent();
    const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
    return { ...amphora, controller: checked(await createController(target, pki)) };
  });
  return {
    directory,
    lab,
    pki,
    members,
    healthManager,
    amphorae,
    async close() {
      for (const amphora of amphorae) {
        amphora.controller.close();
        await amphora.close();
      }
      await healthManager.close();
      await lab.close();
      const secrets = await loggedSecrets(printed, directory, [heartbeatKey]);
      await rm(directory, { recursive: true });
      if (options.keepsSecrets !== false && secrets.length > 0)
        throw new Error(`an agent has logged secrets: ${secrets.join(' ')}`);
    },
  };
}

/** Returns a controller that fails for an answer that is not in the OpenAPI document. */
function checked(controller: Controller): Controller {
  return {
    ...controller,
    async request(asked) {
      const answer = await controller.request(asked);
      const problem = undocumented(asked.method, asked.path, answer);
      if (problem !== undefined) throw new Error(problem);
      return answer;
    },
  };
}

async function times<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

/** Returns the first item of a list. @throws Error if the list is empty */
export function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error('an empty list');
  return item;
}

/** Sends a request of the client through a VIP. @returns the body, or undefined without an answer of status 200 */
export async function fetchThroughVip(lab: Lab, address: string): Promise<string | undefined> {
  const host = address.includes(':') ? `[${address}]` : address;
  const result = await lab.client.run(
    ['curl', '--silent', '--fail', '--connect-timeout', '1', '--max-time', '2', `http://${host}/`],
    { okCodes: Array.from({ length: 100 }, (_, code) => code) },
  );
  return result.exitCode === 0 ? result.stdout : undefined;
}
