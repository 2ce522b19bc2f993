import type { ReportRules } from '../domain/haproxy/member-statistics.ts';
import {
  type HaproxyStatistics,
  readWorkerStatistics,
  WORKER_STATISTICS_COMMAND,
} from '../domain/haproxy/statistics.ts';
import type { HaproxyId } from '../domain/ids.ts';
import { shownStatus, withShownStates } from '../domain/run-time/shown-drains.ts';
import { askWithAbsent, recordReader } from '../host/haproxy/run-time-records.ts';
import type { OperationContext } from './context.ts';

type ReportContext = Pick<OperationContext, 'paths' | 'host'>;

/** A worker's answer, and how reports differ from it: they leave out removed and half-added members, and show drains. */
export interface ReportedAnswer extends ReportRules {
  readonly answer: string;
}

/** A question to the worker of a haproxy. */
export interface Question {
  readonly statsSocket: string;
  readonly command: string;
  /** the longest time until an answer, in milliseconds */
  readonly limitMs: number;
}

/** Asks a worker about its servers for a report. @throws SocketSilent */
export async function askForReport(
  { host, paths }: ReportContext,
  id: HaproxyId,
  { statsSocket, command, limitMs }: Question,
): Promise<ReportedAnswer> {
  const { runTimeRecord, drains } = paths.loadBalancer(id);
  const { answer, absentOf } = await askWithAbsent(recordReader(host.files, runTimeRecord), () =>
    host.haproxy.ask(statsSocket, command, limitMs),
  );
  const text = await host.files.readText(drains);
  return { answer, absentOf, shownOf: (worker) => shownStatus(text, worker) };
}

/**
 * Asks a worker for its statistics as heartbeats report them.
 * @returns the statistics, and the answer to WORKER_STATISTICS_COMMAND from which they were read
 * @throws SocketSilent, UnusableStatistics
 */
export async function reportedStatistics(
  context: ReportContext,
  id: HaproxyId,
  { statsSocket, limitMs }: Omit<Question, 'command'>,
): Promise<{ readonly statistics: HaproxyStatistics; readonly answer: string }> {
  const question = { statsSocket, limitMs, command: WORKER_STATISTICS_COMMAND };
  const { answer, absentOf, shownOf } = await askForReport(context, id, question);
  const statistics = readWorkerStatistics(answer, id, absentOf);
  return { statistics: withShownStates(statistics, shownOf(statistics.worker)), answer };
}
