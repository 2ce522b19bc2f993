import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pino } from 'pino';
import {
  machineGauges,
  memoryUse,
  type ProcessorTime,
  parseProcessorTime,
  processorUse,
} from '../domain/metrics/machine-gauges.ts';
import { createMetricsTranslator } from '../domain/metrics/metrics-translator.ts';
import { createPaths } from '../domain/paths.ts';
import { NO_SERVERS, type ServerNames } from '../domain/run-time/run-time-record.ts';
import { reasonOf } from '../errors.ts';
import type { Files } from '../host/files.ts';
import { createAbsentMembers } from '../host/haproxy/absent-members.ts';
import { EXPORTER_URL, openExporter } from '../host/haproxy/haproxy-exporter.ts';
import type { HaproxySockets } from '../host/haproxy/haproxy-socket.ts';
import type { Exit } from './installation.ts';

export interface PrometheusProxyOptions {
  readonly files: Pick<Files, 'readText' | 'write' | 'list' | 'fingerprint'>;
  readonly haproxy: HaproxySockets;
  /** directory of the load balancers, whose records name the members that are left out; undefined: none is left out */
  readonly basePath: string | undefined;
  /** file for the process id, written once the proxy serves; undefined: none */
  readonly pidFile: string | undefined;
  readonly exit: Exit;
  /** environment variables of the process */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The configurations that controllers upload send requests for metrics to this address and port. */
const HOST = '127.0.0.1';
const PORT = 9102;
/** The first socket that systemd hands over (sd_listen_fds(3)). */
const FIRST_SOCKET = 3;
/** Shorter than the 10 s that Prometheus waits for the whole answer. */
const HAPROXY_SILENCE_MS = 5000;
const HEADERS_TIMEOUT_MS = 5000;
const PROCESSOR_SAMPLE_MS = 10_000;
const PID_MODE = 0o644;
const FORMAT = 'text/plain; version=0.0.4';

/**
 * Serves the metrics of haproxy under Octavia's names until the process is ended. It serves in the network namespace in
 * which it was started, on the socket that systemd hands over, if any. It needs neither the agent nor the agent's
 * configuration. Exits with 1 if it can't bind the port or write its pid file.
 */
export async function runPrometheusProxy(options: PrometheusProxyOptions): Promise<void> {
  const { files, pidFile, exit, environment } = options;
  const logger = pino({ base: null });
  const beginReport = absentReader(options, (reason) =>
    logger.warn({ reason }, 'cannot read which members are absent: metrics may show removed members'),
  );
  const readProcessorUse = await watchProcessor(files);
  const gauges = async (): Promise<string> =>
    machineGauges({
      processor: await readProcessorUse(),
      memory: memoryUse((await files.readText('/proc/meminfo')) ?? ''),
    });
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    void answer(request, response, { gauges, readAbsent: beginReport() }).catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot read the metrics of haproxy');
      refuse(response);
    });
  });
  const fail = (error: unknown): void => {
    logger.fatal({ err: error }, 'cannot serve metrics');
    exit(1);
  };
  server.once('error', fail);
  const isHandedOver = environment['LISTEN_PID'] === `${process.pid}`;
  const where = isHandedOver ? { fd: FIRST_SOCKET } : { host: HOST, port: PORT };
  server.listen(where, () => {
    logger.info({ host: HOST, port: PORT }, 'metrics are served');
    if (pidFile !== undefined) void files.write(pidFile, `${process.pid}\n`, { mode: PID_MODE }).catch(fail);
  });
}

type ReadAbsent = () => Promise<ServerNames>;

/** @returns a function that begins a report. A failure is passed on to `warn`, and no further member is left out then. */
function absentReader(
  { files, haproxy, basePath }: PrometheusProxyOptions,
  warn: (reason: string) => void,
): () => ReadAbsent {
  if (basePath === undefined) return () => () => Promise.resolve(NO_SERVERS);
  const paths = createPaths({ basePath, baseCertDir: '', agentServerNetworkDir: '' });
  const members = createAbsentMembers(paths, { files, haproxy });
  return () => {
    const read = members.beginReport();
    let last = NO_SERVERS;
    return async () => {
      try {
        last = await read();
      } catch (error) {
        warn(reasonOf(error));
      }
      return last;
    };
  };
}

/** What an answer contains besides haproxy's metrics, and what it leaves out. */
interface Report {
  readonly gauges: () => Promise<string>;
  readonly readAbsent: ReadAbsent;
}

/** Answers with the metrics, whatever the path is: haproxy decides which paths it forwards here. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { gauges, readAbsent }: Report,
): Promise<void> {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    say(response, 405, 'Only GET and HEAD are served.', { Allow: 'GET, HEAD' });
    return;
  }
  // read before haproxy answers: a reload may empty the records afterwards, while the old worker still answers
  await readAbsent();
  const metrics = await openExporter(EXPORTER_URL, HAPROXY_SILENCE_MS);
  response.writeHead(200, { 'Content-Type': FORMAT, 'Cache-Control': 'no-cache' });
  if (request.method === 'HEAD') {
    metrics.destroy();
    response.end();
    return;
  }
  await pipeline(translated(await gauges(), metrics, readAbsent), response);
}

/** @param readAbsent returns the servers to leave out; they are read again for each piece, because a change may begin */
function translated(beginning: string, metrics: IncomingMessage, readAbsent: ReadAbsent): Readable {
  return Readable.from(
    (async function* () {
      let absent = NO_SERVERS;
      const translator = createMetricsTranslator((proxy, server) => absent.get(proxy)?.has(server) === true);
      yield beginning;
      for await (const piece of metrics) {
        absent = await readAbsent();
        const text = translator.write(String(piece));
        if (text !== '') yield text;
      }
      yield translator.end();
    })(),
    { objectMode: false },
  );
}

/** Sends an error. Closes the connection if the answer was sent in part, so that a client doesn't take it for complete. */
function refuse(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else say(response, 502, "haproxy's exporter doesn't answer.");
}

function say(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${text}\n`;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8', ...headers });
  response.end(body);
}

/**
 * Samples the use of the processors every 10 s.
 * @returns a function that returns the use over the last 10 to 20 s, however often it is called; during the first 10 s,
 * the use since boot
 */
async function watchProcessor(files: Pick<Files, 'readText'>): Promise<() => Promise<number>> {
  const now = async (): Promise<ProcessorTime> =>
    parseProcessorTime((await files.readText('/proc/stat')) ?? '');
  let before: ProcessorTime = { busy: 0, total: 0 };
  let last = await now();
  const timer = setInterval(() => {
    void now().then((sample) => {
      [before, last] = [last, sample];
    });
  }, PROCESSOR_SAMPLE_MS);
  timer.unref();
  return async () => processorUse(before, await now());
}
