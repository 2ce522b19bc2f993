import { access } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { reasonOf } from '../../../src/errors.ts';
import { haproxyConfig } from '../../support/amphora/amphora-services.ts';
import { putText } from '../../support/amphora/uploads.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { footprintOf, peakOf, watchForeignFiles } from '../../support/hostile/footprint.ts';
import { createRawSender, type RawAnswer, type SendRaw } from '../../support/hostile/raw-exchange.ts';
import { type HostileRequest, hostileRequests } from '../../support/hostile/request-shapes.ts';
import { SMUGGLING, smuggledRequest } from '../../support/hostile/smuggling.ts';

/** `HOSTILE_RUNS=2000 npm test -- integration hostile-requests` runs for longer, HOSTILE_SEED repeats a run. */
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 100);
const SEED = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 8;
const RUN_MS = 3000;
const QUEUE_MS = 5 * 60_000;
const MEMORY_GROWTH_KIB = 64 * 1024;

const ID = '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a01';
/** The answer of GET /readyz while the services of a request don't run. */
const NOT_READY = /^HTTP\/1\.1 503 [\s\S]*\r\n\r\n(?:not ready\n|$)/;
/** The answer of POST /upgrade without a key. */
const SWITCHED_OFF = /^HTTP\/1\.1 501 [\s\S]*upgrades are off/;
/** Failures that a valid request may end with because of the state of the amphora, as the API words them. */
const FAILED =
  /"message":"(?:Error (?:start|stop|reload)ing haproxy|Failed to \w+ |Unable to update amphora-agent)/;

describe('an agent that receives arbitrary requests', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let send: SendRaw;

  beforeAll(async () => {
    send = await createRawSender(world, amphora);
    await serveOnce();
    console.log(`HOSTILE_SEED=${SEED}`);
  });

  /** Serves once, so that the files which the agent opens only once are open before anything is measured. */
  const serveOnce = async () => {
    const text = haproxyConfig(`/var/lib/octavia/${ID}.sock`, 'served', [8190]);
    const api = `/1.0/loadbalancer`;
    expect(
      await putText(world, amphora.controller, `${api}/${amphora.id}/${ID}/haproxy`, text),
    ).toMatchObject({
      status: 202,
    });
    await amphora.controller.request({ method: 'PUT', path: `${api}/${ID}/start` });
    const { message } = await world.healthManager.next(() => true);
    await world.healthManager.next(({ seq }) => seq > message.seq + 1);
  };
  const isAlive = async () =>
    (await amphora.controller.request({ method: 'GET', path: '/1.0/info' })).status === 200;
  /** Waits behind all requests of the fuzz: each reload of a silent keepalived takes 10 s. */
  const stopKeepalived = () =>
    expect
      .poll(
        () =>
          amphora.controller.request({ method: 'PUT', path: '/1.0/vrrp/stop' }).then(
            ({ status }) => status,
            () => undefined,
          ),
        { timeout: QUEUE_MS },
      )
      .toBeDefined();
  /** Ends services that were started meanwhile, for which the agent has files open. */
  const cleanUp = async () => {
    await stopKeepalived();
    for (const id of [ID, ID.toUpperCase(), amphora.id, amphora.id.toUpperCase()]) {
      await amphora.controller.request({ method: 'DELETE', path: `/1.0/listeners/${id}` });
    }
  };
  const complaint = (request: HostileRequest, { statuses, text, closed }: RawAnswer): string | undefined => {
    const bad =
      statuses.some((status) => status >= 500) &&
      ![FAILED, NOT_READY, SWITCHED_OFF].some((known) => known.test(text));
    return bad || !closed
      ? `${request.method} ${request.target}: ${closed} ${text.slice(0, 1000)}`
      : undefined;
  };
  const fuzz = (runs: number, seed: number) =>
    tellingPeak(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(hostileRequests({ id: ID, amphora: amphora.id }), {
            minLength: AT_ONCE,
            maxLength: AT_ONCE,
          }),
          async (requests) => {
            const answers = await Promise.all(
              requests.map(async (request) => complaint(request, await send(request.bytes, request.cutOff))),
            );
            expect(answers.filter((problem) => problem !== undefined)).toEqual([]);
            expect(await isAlive()).toBe(true);
          },
        ),
        { numRuns: runs, seed, interruptAfterTimeLimit: runs * RUN_MS, markInterruptAsFailure: true },
      ),
    );
  const peakText = async (): Promise<string> => {
    const peak = await peakOf(amphora).catch(() => undefined);
    return `HOSTILE_SEED=${SEED}: ${peak === undefined ? 'the agent is gone' : `the agent has held ${peak} MiB at its peak`}`;
  };
  /** Adds the peak to the message of a failure. */
  const tellingPeak = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw new Error(`${await peakText()}\n${reasonOf(error)}`, { cause: error });
    }
  };

  it(
    'answers with success or 4xx or closes the connection, goes on, and keeps neither memory nor files',
    async () => {
      const pid = amphora.agentPid();
      const changedFiles = await watchForeignFiles(amphora);
      await fuzz(Math.ceil(RUNS / 3), SEED);
      await cleanUp();
      const before = await footprintOf(amphora);
      await fuzz(RUNS, SEED + 1);
      await cleanUp();
      await expect
        .poll(async () => (await footprintOf(amphora)).openFiles)
        .toBeLessThanOrEqual(before.openFiles);
      const after = await footprintOf(amphora);
      console.log(await peakText());
      expect(after.pss - before.pss, await peakText()).toBeLessThan(MEMORY_GROWTH_KIB);
      expect(await changedFiles()).toEqual([]);
      expect(amphora.agentPid()).toBe(pid);
      expect(amphora.agentLog()).not.toContain('uncaught exception');
    },
    RUNS * RUN_MS * 2 + 2 * QUEUE_MS + 60_000,
  );

  it.each(Object.entries(SMUGGLING))('runs no request smuggled by %s', async (_name, shape) => {
    const { statuses, closed } = await send(Buffer.from(shape(smuggledRequest(ID)), 'latin1'));
    expect(closed).toBe(true);
    expect(statuses).toEqual([400]);
    const stored = amphora.box.file(`/var/lib/octavia/certs/${ID}/smuggled.pem`);
    await expect(access(stored)).rejects.toThrow('ENOENT');
  });

  it('runs that request if it is really a second one', async () => {
    await send(Buffer.from(smuggledRequest(ID)));
    await access(amphora.box.file(`/var/lib/octavia/certs/${ID}/smuggled.pem`));
  });
});
