import { setTimeout as delay } from 'node:timers/promises';
import { certificateName } from '../../../src/domain/certificates/certificate-name.ts';
import { configuredBackends, readServer } from '../../../src/domain/haproxy/configured-servers.ts';
import { haproxyService } from '../../../src/domain/paths.ts';
import { storeCertificate } from '../../../src/operations/certificates/certificates.ts';
import { lookForDrift } from '../../../src/operations/drift/drift-look.ts';
import { runningText } from '../../../src/operations/haproxy/history.ts';
import { deleteLoadBalancer } from '../../../src/operations/haproxy/removal.ts';
import { cancelDrain, startDrain } from '../../../src/operations/run-time/drain.ts';
import { startMemberWalk } from '../run-time/member-walk.ts';
import type { DriftScene } from './drift-scene.ts';

const FILE = certificateName('site.pem');
const TURNS_OF_LOOKS_MS = 5;

/** What the operations so far wanted. */
interface Wanted {
  stored: string | undefined;
  inForce: string | undefined;
  runs: boolean;
  /** number of the certificate on disk, and of the one in memory */
  certificate: number;
  served: number;
  /** `BACKEND MEMBER` of the servers with a drain */
  drained: Set<string>;
}

/** The state of a load balancer, as a walk compares it. */
export interface WalkState {
  readonly runs: boolean;
  readonly stored: string | undefined;
  readonly inForce: string | undefined;
  /** `ready` or `out` with the weight, by `BACKEND MEMBER`; none without a worker */
  readonly members: Readonly<Record<string, string>>;
  readonly served: string | undefined;
}

/** Random operations on one load balancer, beside which the agent looks for drift without a pause. */
export interface DriftWalk {
  /** Runs one operation. @returns its name */
  step(): Promise<string>;
  /** Changes a member of a running haproxy as a person does, unless it is stopped. @returns whether it did */
  damage(): Promise<boolean>;
  wanted(): WalkState;
  /** Reads the state while no operation and no repair runs. */
  seen(): Promise<WalkState>;
  /** Waits until a look has begun and ended. */
  looked(): Promise<void>;
  /** Ends the looks. @returns the number of looks */
  end(): Promise<number>;
}

/** @param certificates in PEM, with their fingerprints */
export function startDriftWalk(
  scene: DriftScene,
  random: () => number,
  certificates: readonly { readonly pem: string; readonly fingerprint: string }[],
): DriftWalk {
  const { context, id, paths } = scene;
  const members = startMemberWalk(random, paths.statsSocket);
  const below = (limit: number): number => Math.floor(random() * limit);
  const wanted: Wanted = {
    ...{ stored: undefined, inForce: undefined, runs: false, certificate: -1, served: -1 },
    drained: new Set(),
  };
  const file = `${paths.certificates}/${FILE}`;
  const text = (): string =>
    members
      .text()
      .replace('global\n', 'global\n    user nobody\n')
      .replace(
        /^ {4}bind .*$/m,
        `    bind 127.0.0.1:${scene.port}\n    bind 127.0.0.1:${scene.port + 10} ssl crt ${file}`,
      );
  const putInForce = (): void => {
    Object.assign(wanted, { inForce: wanted.stored, served: wanted.certificate, runs: true });
    wanted.drained.clear();
  };
  const putCertificate = async (): Promise<string> => {
    wanted.certificate = below(certificates.length);
    const { pem = '' } = certificates[wanted.certificate] ?? {};
    await storeCertificate(context, { id, name: FILE }, Buffer.from(pem));
    return 'certificate';
  };
  const upload = async (): Promise<string> => {
    if (wanted.certificate < 0) await putCertificate();
    members.step();
    wanted.stored = text();
    await scene.upload(wanted.stored);
    return 'upload';
  };
  const reload = async (): Promise<string> => {
    await scene.act('reload');
    putInForce();
    return 'reload';
  };
  const servers = (): { key: string; member: string; out: boolean; weight: number }[] =>
    [...configuredBackends(wanted.inForce ?? '')].flatMap(([backend, { servers: lines }]) =>
      [...lines].map(([member, line]) => {
        const { isDisabled = false, weight = 0 } = readServer(line) ?? {};
        return { key: `${backend} ${member}`, member, out: isDisabled, weight };
      }),
    );
  const operations: (() => Promise<string>)[] = [
    upload,
    upload,
    putCertificate,
    reload,
    reload,
    async () => {
      await upload();
      return `upload, ${await reload()}`;
    },
    async () => {
      await scene.act('stop');
      wanted.runs = false;
      wanted.drained.clear();
      return 'stop';
    },
    async () => {
      await scene.act('start');
      if (!wanted.runs) putInForce();
      return 'start';
    },
    async () => {
      const member = servers()[below(servers().length)]?.member;
      if (!wanted.runs || member === undefined) return 'no drain';
      await startDrain(context, { id, member }, { timeoutSeconds: 600, cut: false });
      for (const one of servers()) if (one.member === member && !one.out) wanted.drained.add(one.key);
      return 'drain';
    },
    async () => {
      const [key = ''] = wanted.drained;
      const member = key.split(' ')[1];
      if (!wanted.runs || member === undefined) return 'no cancelled drain';
      await cancelDrain(context, { id, member });
      for (const one of [...wanted.drained]) if (one.endsWith(` ${member}`)) wanted.drained.delete(one);
      return 'cancelled drain';
    },
    async () => {
      if (random() < 0.6) return 'nothing';
      await deleteLoadBalancer(context, id);
      const none = { stored: undefined, inForce: undefined, runs: false, certificate: -1, served: -1 };
      Object.assign(wanted, none);
      wanted.drained.clear();
      return 'delete';
    },
  ];
  let isOver = false;
  let looks = 0;
  const looking = (async () => {
    while (!isOver) {
      await context.drift.inTurn(() => lookForDrift(context, [scene.kind], 'repair', 0));
      looks += 1;
      await delay(TURNS_OF_LOOKS_MS);
    }
  })();
  return {
    async step() {
      if (wanted.stored === undefined) return upload();
      return (await operations[below(operations.length)]?.()) ?? '';
    },
    async damage() {
      const [one] = servers().filter(({ key, out }) => !out && !wanted.drained.has(key));
      if (!wanted.runs || one === undefined) return false;
      scene.anHourLater();
      const server = one.key.replace(' ', '/');
      await scene.command(
        random() < 0.5
          ? `disable server ${server}`
          : `set server ${server} weight ${one.weight === 0 ? 1 : 0}`,
      );
      return true;
    },
    wanted: () => ({
      runs: wanted.runs,
      stored: wanted.stored,
      inForce: wanted.stored === undefined ? undefined : wanted.inForce,
      members: Object.fromEntries(
        (wanted.runs ? servers() : [])
          .map(({ key, out, weight }): [string, string] => [
            key,
            `${out || wanted.drained.has(key) ? 'out' : 'ready'} ${weight}`,
          ])
          .toSorted(),
      ),
      served: wanted.runs ? certificates[wanted.served]?.fingerprint : undefined,
    }),
    seen: () => context.queue.run(id, () => stateOf(scene, file, new Set(servers().map(({ key }) => key)))),
    async looked() {
      const end = looks + 2;
      while (looks < end) await delay(TURNS_OF_LOOKS_MS);
    },
    async end() {
      isOver = true;
      await looking;
      return looks;
    },
  };
}

async function stateOf(scene: DriftScene, file: string, known: ReadonlySet<string>): Promise<WalkState> {
  const { context, id, paths } = scene;
  const { status } = await context.host.services.state(haproxyService(id));
  const runs = status === 'active';
  if (runs) await scene.answered();
  const rows = runs ? (await scene.command('show servers state')).split('\n').slice(2) : [];
  const shown = rows
    .map((row) => row.split(' '))
    .filter((fields) => fields.length > 7 && known.has(`${fields[1]} ${fields[3]}`))
    .map((fields): [string, string] => [
      `${fields[1]} ${fields[3]}`,
      `${(Number(fields[6]) & 9) === 0 ? 'ready' : 'out'} ${fields[7]}`,
    ]);
  return {
    runs,
    stored: (await context.host.files.read(paths.config))?.toString('latin1'),
    inForce: await runningText(context, id),
    members: Object.fromEntries(shown.toSorted()),
    served: runs
      ? /^SHA1 FingerPrint: (\w+)$/m.exec(await scene.command(`show ssl cert ${file}`))?.[1]
      : undefined,
  };
}
