import type { Lab } from '../../../sandbox/lab/lab.ts';
import { type LongRunning, startLongRunning } from '../../../sandbox/programs/long-running.ts';
import type { Argv } from '../../../src/host/command.ts';
import { LOAD_NICE } from './niceness.ts';

/** What became of a client's requests. */
export interface Traffic {
  /** answered ones */
  readonly requests: number;
  /** connections refused, reset or ended without an answer, timeouts, and answers of another status than 2xx and 3xx */
  readonly failed: number;
  /** the lines in which wrk reports failures */
  readonly complaints: string;
}

/** Traffic of one client that runs. */
export interface RunningTraffic {
  /** Ends it. @returns what there was of it */
  stop(): Promise<Traffic>;
}

const FOR_EVER = '24h';
const TIMEOUT_SECONDS = 10;

const inClient = (lab: Lab): Argv => ['ip', 'netns', 'exec', lab.client.name];
const loadFromClient = (lab: Lab): Argv => [...inClient(lab), 'nice', '-n', `${LOAD_NICE}`];

/** Loads a URL from the lab's client with wrk, a connection for each request, as fast as answers come. */
export async function startTraffic(lab: Lab, url: string, concurrent: number): Promise<RunningTraffic> {
  const wrk = await startLongRunning([
    ...loadFromClient(lab),
    ...['wrk', '-t1', `-c${concurrent}`, '-d', FOR_EVER, '--timeout', `${TIMEOUT_SECONDS}s`],
    ...['-H', 'Connection: close', url],
  ]);
  return {
    async stop() {
      if (!wrk.running()) throw new Error(`wrk ended by itself: ${wrk.output()}`);
      wrk.signal('SIGINT');
      await wrk.ended();
      return readWrkSummary(wrk.output());
    },
  };
}

export interface CurlOptions {
  /** whether one connection is kept as long as the server keeps it; else each request has its own */
  readonly kept: boolean;
  /** requests a second; as fast as answers come where it isn't given */
  readonly rate?: number;
  /** a request without an answer within this time has failed; default: 10 */
  readonly timeoutSeconds?: number;
}

/**
 * Loads a URL from the lab's client with curl, a request at a time. A worker that is replaced closes its idle connections,
 * also while a request is on its way on one: such a request curl sends again, as every client has to be ready for (RFC 9112,
 * section 9.3.1). wrk would count it as failed.
 */
export async function startCurlTraffic(
  lab: Lab,
  url: string,
  { kept, rate, timeoutSeconds = TIMEOUT_SECONDS }: CurlOptions,
): Promise<RunningTraffic & { sofar(): Traffic }> {
  const statuses = new Map<string, number>();
  let rest = '';
  const onOutput = (text: string): void => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) statuses.set(line, (statuses.get(line) ?? 0) + 1);
  };
  const curl = await startLongRunning(
    [
      ...loadFromClient(lab),
      ...['curl', '--silent', '--insecure', '--max-time', `${timeoutSeconds}`, '--output', '/dev/null'],
      ...(rate === undefined ? [] : ['--rate', `${rate}/s`]),
      ...(kept ? [] : ['--header', 'Connection: close']),
      // standard output would come in blocks of a thousand lines
      ...['--write-out', '%{stderr}%{http_code}\\n', `${url}?[1-1000000000]`],
    ],
    { onOutput },
  );
  const sofar = (): Traffic => {
    if (!curl.running()) throw new Error(`curl ended by itself: ${curl.output().slice(-1000)}`);
    const failures = [...statuses].filter(([status]) => status !== '200');
    const failed = failures.reduce((sum, [, count]) => sum + count, 0);
    const complaints = failures.map(([status, count]) => `${status}: ${count}`).join('; ');
    return { requests: statuses.get('200') ?? 0, failed, complaints };
  };
  return {
    sofar,
    async stop() {
      const traffic = sofar();
      await curl.stop();
      return traffic;
    },
  };
}

/** Sends a request whose end never comes, and waits until the server ends the connection. The worker that took it can't end. */
export async function startEndlessRequest(lab: Lab, address: string): Promise<LongRunning> {
  const script = `$| = 1; my $server = IO::Socket::INET->new("${address}:80") or die "no connection";
    print $server "GET / HTTP/1.1\\r\\nHost: x\\r\\n"; $server->flush; print "sent\\n"; <$server>`;
  const request = await startLongRunning([...inClient(lab), 'perl', '-MIO::Socket::INET', '-e', script]);
  await request.printed(/^sent$/m);
  return request;
}

/** The end of wrk's output; lines of errors are there only where there were some. @throws Error where it isn't one */
export function readWrkSummary(output: string): Traffic {
  const [, requests] = /^\s*(\d+) requests in /m.exec(output) ?? [];
  if (requests === undefined) throw new Error(`not the summary of wrk: ${output}`);
  const complaints = output.match(/^\s*(?:Socket errors|Non-2xx or 3xx responses): .*$/gm) ?? [];
  const counts = complaints.flatMap((line) => line.replace(/^.*?:/, '').match(/\d+/g) ?? []).map(Number);
  return {
    requests: Number(requests),
    failed: counts.reduce((sum, count) => sum + count, 0),
    complaints: complaints.map((line) => line.trim()).join('; '),
  };
}
