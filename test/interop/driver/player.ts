import type { Amphora } from '../../../sandbox/amphora/amphora.ts';
import {
  type AmphoraLab,
  type AmphoraLabOptions,
  first,
  type LabAmphora,
  startAmphoraLab,
} from '../../support/amphora/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../../support/amphora/octavia-driver.ts';
import { KINDS, type Kind, type Model, makeModel } from './model.ts';
import { type Act, scenarioOf } from './scenario.ts';
import type { Answer, Step } from './steps.ts';

/** One amphora with the scenario that runs on it. */
export interface Stage {
  readonly kind: Kind;
  readonly amphora: LabAmphora;
  readonly model: Model;
  readonly acts: readonly [Act, Act, Act];
  readonly driver: OctaviaDriver;
}

/** A lab with an amphora of each kind. */
export interface Theatre {
  readonly world: AmphoraLab;
  readonly stages: readonly Stage[];
  close(): Promise<void>;
}

/** @param options of the lab; `each` is of every amphora beside what its kind says */
export async function openTheatre(
  options: Pick<AmphoraLabOptions, 'each' | 'prepare' | 'keepsSecrets'> = {},
): Promise<Theatre> {
  const world = await startAmphoraLab({
    ...options,
    amphorae: KINDS.length,
    each: (index) => ({ ...ofKind(index), ...options.each?.(index) }),
    async prepare(amphora) {
      await nameItself(amphora);
      await options.prepare?.(amphora);
    },
  });
  const driver = startOctaviaDriver(first(world.amphorae), world.pki, 0);
  const stages: Stage[] = [];
  for (const [index, amphora] of world.amphorae.entries()) {
    const kind = kindOf(index);
    const own = driver.of(amphora);
    const model = await makeModel(world, kind, amphora, own);
    stages.push({ kind, amphora, model, acts: scenarioOf(model), driver: own });
  }
  return {
    world,
    stages,
    async close() {
      driver.close();
      await world.close();
    },
  };
}

/** Without this, keepalived waits for a silent name server at its start and its end. */
async function nameItself({ box }: Amphora): Promise<void> {
  await box.run(['sh', '-c', 'echo "127.0.1.1 $(hostname)" >>/etc/hosts']);
}

function kindOf(index: number): Kind {
  const kind = KINDS[index];
  if (kind === undefined) throw new Error(`no kind ${index}`);
  return kind;
}

const ofKind = (index: number): { id: string; topology: Kind['topology'] } => {
  const { amphoraId, topology } = kindOf(index);
  return { id: amphoraId, topology };
};

/** Makes a call of the driver. @returns the answer without values that differ from run to run */
export async function play({ driver }: Stage, { call, args, named }: Step): Promise<Answer> {
  const answer = await driver.ask({ call, args, ...(named === undefined ? {} : { named }) });
  return {
    status: answer.response?.status,
    body: answer.response && steadyBody(answer.response.body),
    raised: 'error' in answer ? answer.error : undefined,
  };
}

/** Replaces measured values by their types and process ids by a word. */
function steadyBody(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text, (key, value) => (key in MEASURED ? typesOf(value) : value));
    return withoutPids(body);
  } catch {
    return text;
  }
}

/** Keys of get_details whose values change from one moment to the next. */
const MEASURED: Readonly<Record<string, true>> = {
  cpu: true,
  disk: true,
  load: true,
  memory: true,
  network_rx: true,
  network_tx: true,
};

function typesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typesOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typesOf(inner)]));
}

/** haproxy puts its process id before each line: `[ALERT]    (123) : …`. */
function withoutPids(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(/\] +\(\d+\) :/g, '] (PID) :'));
}
