import type * as z from 'zod';
import {
  type AgentConnection,
  type AgentRequest,
  createAgentConnection,
  type OpenedAnswer,
  type RequestBody,
} from '../../host/agent/agent-connection.ts';
import type { AgentTarget } from '../../host/agent/agent-target.ts';
import {
  type DrainFacts,
  type DriftFacts,
  type DriftRepairFacts,
  drainFacts,
  driftFacts,
  driftRepairFacts,
  type HistoryFacts,
  historyFacts,
  type RollbackFacts,
  rollbackFacts,
  type StatisticsFacts,
  type StatusFacts,
  statisticsFacts,
  statusFacts,
} from '../../schemas/ctl-facts.ts';
import { type UpgradeFacts, upgradeFacts } from '../../schemas/upgrade-facts.ts';
import { AgentRefused, type RefusedAnswer, refusedOf, UnusableAnswer } from './refusals.ts';

/** An answer: the facts that commands use, and the whole JSON as the agent sent it. */
export interface Facts<Known> {
  readonly known: Known;
  readonly whole: unknown;
}

/** The settings of a new drain. */
export interface DrainRequest {
  readonly timeoutSeconds: number | undefined;
  readonly cut: boolean;
}

/** The query of a capture; the agent checks the values. */
export interface CaptureRequest {
  readonly interface: string;
  readonly filter: string | undefined;
  readonly seconds: string | undefined;
  readonly bytes: string | undefined;
  readonly payload: boolean;
}

/**
 * The requests to one agent, on this machine or on another. Each method throws AgentUnreachable without an HTTP answer,
 * AgentRefused for a status of failure, and UnusableAnswer for an answer that it can't read.
 */
export interface AgentClient {
  /** the agent, for messages */
  readonly name: string;
  status(): Promise<Facts<StatusFacts>>;
  statistics(): Promise<Facts<StatisticsFacts>>;
  history(loadBalancer: string): Promise<Facts<HistoryFacts>>;
  /** @param to number or md5 in the history; default: the newest one that isn't stored */
  rollback(loadBalancer: string, to?: string): Promise<Facts<RollbackFacts>>;
  reload(loadBalancer: string): Promise<void>;
  startDrain(loadBalancer: string, member: string, settings: DrainRequest): Promise<Facts<DrainFacts>>;
  drain(loadBalancer: string, member: string): Promise<Facts<DrainFacts>>;
  cancelDrain(loadBalancer: string, member: string): Promise<Facts<DrainFacts>>;
  drift(): Promise<Facts<DriftFacts>>;
  repairDrift(): Promise<Facts<DriftRepairFacts>>;
  /** Returns why the amphora isn't ready, a line each; empty if it is. */
  notReady(): Promise<string[]>;
  /** @param isTrial the agent only checks the bundle, and then drops it */
  upgrade(bundle: RequestBody, isTrial: boolean): Promise<void>;
  lastUpgrade(): Promise<Facts<UpgradeFacts>>;
  /** Opens the archive (tar.gz). */
  diagnostics(): Promise<OpenedAnswer>;
  /** Opens the capture (pcap). */
  capture(request: CaptureRequest): Promise<OpenedAnswer>;
  close(): void;
}

/** Reads are fast; a status waits 2 s for each silent haproxy. */
const READ_MS = 15_000;
/** A change waits for haproxy: 45 s for its check, 60 s for the new worker, and for other changes. */
const CHANGE_MS = 180_000;
/** An archive is made within 30 s; a capture sends its first bytes when it ends, at the latest after its time. */
const STREAM_MS = 600_000;
/** A bundle arrives within the agent's agent_request_read_timeout (180 s by default), and its checks take a minute. */
const UPGRADE_MS = 600_000;
/** The status of an amphora that isn't ready. */
const UNREADY = 503;

/** Bounds of each request beside the time without a byte. */
export type ClientLimits = Pick<AgentRequest, 'deadlineMs' | 'mostBytes'>;

/** Creates a client of one agent. It connects with the first request. @param limits of answers that are not streams */
export function createAgentClient(target: AgentTarget, limits: ClientLimits = {}): AgentClient {
  const connection = createAgentConnection(target);
  const read = (path: string): Promise<string> =>
    send(connection, { method: 'GET', path, limitMs: READ_MS, ...limits });
  const change = (method: 'POST' | 'PUT' | 'DELETE', path: string): Promise<string> =>
    send(connection, { method, path, limitMs: CHANGE_MS, ...limits });
  const as = async <Schema extends z.ZodType>(
    schema: Schema,
    body: Promise<string>,
  ): Promise<Facts<z.infer<Schema>>> => factsOf(connection.name, schema, await body);
  return {
    name: connection.name,
    status: () => as(statusFacts, read('/status.json')),
    statistics: () => as(statisticsFacts, read('/statistics')),
    history: (id) => as(historyFacts, read(`/loadbalancer/${part(id)}/history`)),
    rollback: (id, to) =>
      as(rollbackFacts, change('POST', `/loadbalancer/${part(id)}/rollback${query({ to })}`)),
    async reload(id) {
      await change('PUT', `/1.0/loadbalancer/${part(id)}/reload`);
    },
    startDrain: (id, member, { timeoutSeconds, cut }) => {
      const settings = { timeout: timeoutSeconds?.toString(), cut: cut ? 'true' : undefined };
      return as(drainFacts, change('POST', `${drainPath(id, member)}${query(settings)}`));
    },
    drain: (id, member) => as(drainFacts, read(drainPath(id, member))),
    cancelDrain: (id, member) => as(drainFacts, change('DELETE', drainPath(id, member))),
    drift: () => as(driftFacts, read('/drift')),
    repairDrift: () => as(driftRepairFacts, change('POST', '/drift/repair')),
    ...upgradeRequests(connection, limits),
    diagnostics: () => openStream(connection, '/diagnostics'),
    capture: ({ payload, ...named }) =>
      openStream(connection, `/capture${query({ ...named, payload: payload ? 'true' : undefined })}`),
    close: connection.close,
  };
}

/** The requests of an upgrade. */
const upgradeRequests = (
  connection: AgentConnection,
  limits: ClientLimits,
): Pick<AgentClient, 'notReady' | 'upgrade' | 'lastUpgrade'> => ({
  async notReady() {
    const request = { method: 'GET', path: '/readyz', limitMs: READ_MS, ...limits } as const;
    const answer = await connection.request(request);
    if (answer.status === UNREADY) return answer.body.trimEnd().split('\n');
    refuse(connection.name, answer.status, { ...answer, ...request });
    return [];
  },
  async upgrade(body, isTrial) {
    const path = `/upgrade${query({ dry_run: isTrial ? 'true' : undefined })}`;
    const request = {
      ...limits,
      deadlineMs: UPGRADE_MS,
      method: 'POST',
      path,
      limitMs: CHANGE_MS,
      body,
    } as const;
    await send(connection, request);
  },
  async lastUpgrade() {
    const request = { method: 'GET', path: '/upgrade', limitMs: READ_MS, ...limits } as const;
    return factsOf(connection.name, upgradeFacts, await send(connection, request));
  },
});

const part = encodeURIComponent;

const drainPath = (id: string, member: string): string =>
  `/loadbalancer/${part(id)}/members/${part(member)}/drain`;

/** Returns a query without the undefined values; `''` if nothing is left. */
function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${part(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

async function send(connection: AgentConnection, request: AgentRequest): Promise<string> {
  const answer = await connection.request(request);
  const { method, path } = request;
  refuse(connection.name, answer.status, { ...answer, method, path });
  return answer.body;
}

async function openStream(connection: AgentConnection, path: string): Promise<OpenedAnswer> {
  const opened = await connection.open({ method: 'GET', path, limitMs: STREAM_MS });
  if (isSuccess(opened.status)) return opened;
  const body = await opened.body.map((chunk: Buffer) => chunk.toString('utf8')).toArray();
  refuse(connection.name, opened.status, { ...opened, method: 'GET', path, body: body.join('') });
  return opened;
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function refuse(name: string, status: number, answer: RefusedAnswer): void {
  if (!isSuccess(status)) throw new AgentRefused(name, refusedOf(answer), status);
}

function factsOf<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  body: string,
): Facts<z.infer<Schema>> {
  const whole = parsed(name, body);
  const checked = schema.safeParse(whole);
  if (checked.success) return { known: checked.data, whole };
  const [first] = checked.error.issues;
  throw new UnusableAnswer(name, `${first?.path.join('.')}: ${first?.message}`);
}

function parsed(name: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UnusableAnswer(name, 'it is not JSON');
  }
}
