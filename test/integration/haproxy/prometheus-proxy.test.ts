import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OCTAVIA_METRICS } from '../../../src/domain/metrics/octavia-metrics.ts';
import { IN_NAMESPACE, makeNamespace, until } from '../../support/amphora/amphora-services.ts';
import { programs } from '../programs.ts';

/** The configuration of a controller for a load balancer of one listener, one pool and one member. */
const HAPROXY = `
global
    maxconn 200
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend prometheus-exporter-internal-endpoint
    bind 127.0.0.1:9101
    http-request use-service prometheus-exporter if { path /metrics }
frontend front-of-users
    bind 127.0.0.1:8088
    default_backend prometheus-exporter-internal
backend prometheus-exporter-internal
    server prometheus-internal 127.0.0.1:9102
frontend listener-1
    bind 127.0.0.1:8080
    default_backend pool-1:listener-1
backend pool-1:listener-1
    server member-1 127.0.0.1:1 weight 7
`;

let directory: string;
let proxy: ChildProcess;
const others: ChildProcess[] = [];

beforeAll(async () => {
  makeNamespace();
  directory = await mkdtemp(path.join(tmpdir(), 'prometheus-'));
  const [node, main = ''] = programs.agent;
  const called = path.join(directory, 'prometheus-proxy');
  await symlink(main, called);
  proxy = inNamespace(node, called);
  await until(() => ask('/').status === 502);
});

afterEach(async () => {
  for (const child of others.splice(0)) await end(child);
});

afterAll(async () => {
  await end(proxy);
  await rm(directory, { recursive: true });
});

function inNamespace(...command: readonly string[]): ChildProcess {
  return spawn('nsenter', [...IN_NAMESPACE, ...command], { stdio: 'ignore' });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** curl's exit code: 18 if the answer broke off */
  readonly exitCode: number;
}

function ask(target: string, ...options: string[]): Answer {
  const url = `http://127.0.0.1:${target.startsWith(':') ? target.slice(1) : `9102${target}`}`;
  const write = ['--write-out', '\n%{http_code} %{content_type}', '--max-time', '20'];
  let [output, exitCode] = ['', 0];
  try {
    const command = ['curl', '--silent', ...write, ...options, url];
    output = execFileSync('nsenter', [...IN_NAMESPACE, ...command], { stdio: 'pipe' }).toString();
  } catch (error) {
    const failure = error as { stdout: Buffer; status: number };
    [output, exitCode] = [failure.stdout.toString(), failure.status];
  }
  const last = output.lastIndexOf('\n');
  const [status = '', ...type] = output.slice(last + 1).split(' ');
  return { status: Number(status), type: type.join(' '), text: output.slice(0, last), exitCode };
}

async function startHaproxy(): Promise<void> {
  const file = path.join(directory, 'haproxy.cfg');
  await writeFile(file, HAPROXY);
  others.push(inNamespace('haproxy', '-db', '-f', file));
  await until(() => ask('/metrics').status === 200);
}

/** Starts a server that answers like an exporter, but wrongly. It reads the request first: socat drops an answer if nobody reads. */
async function startOther(answer: string): Promise<void> {
  const file = path.join(directory, 'answer');
  await writeFile(file, answer);
  others.push(
    inNamespace(
      'socat',
      'TCP-LISTEN:9101,bind=127.0.0.1,reuseaddr,fork',
      `SYSTEM:read -r request; cat ${file}`,
    ),
  );
  await until(() => ask(':9101/', '--http0.9').exitCode !== 7);
}

const namesIn = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);

describe('prometheus-proxy', () => {
  it('serves on the socket that systemd hands it', async () => {
    const handed = ['systemd-socket-activate', '--listen=127.0.0.1:9103', ...programs.agent];
    others.push(inNamespace(...handed, 'prometheus-proxy'));
    await until(() => ask(':9103/metrics').status === 502);
    expect(ask(':9103/metrics').type).toBe('text/plain; charset=UTF-8');
  });

  it("shows the supported metrics of haproxy's exporter under their Octavia names", async () => {
    await startHaproxy();
    const { text, type } = ask('/metrics');
    expect(type).toBe('text/plain; version=0.0.4');
    const given = new Set(namesIn(ask(':9101/metrics').text));
    const expected = [...OCTAVIA_METRICS].flatMap(([name, metric]) => (given.has(name) ? [metric.name] : []));
    expect(expected.length).toBe(OCTAVIA_METRICS.size);
    expect(namesIn(text).sort()).toEqual(
      ['octavia_loadbalancer_cpu', 'octavia_loadbalancer_memory', ...expected].sort(),
    );
    expect(text).toContain('octavia_member_weight{pool="pool-1:listener-1",member="member-1"} 7\n');
    expect(text).toMatch(/^octavia_loadbalancer_(?:cpu|memory) \d+\.\d$/m);
    expect(text).not.toMatch(/haproxy_|prometheus-exporter/);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('serves users through their listener', async () => {
    await startHaproxy();
    const { status, text } = ask(':8088/metrics');
    expect(status).toBe(200);
    expect(text).toContain('octavia_listener_status{listener="listener-1",state="UP"} 1\n');
  });

  it('answers GET and HEAD, and refuses every other method', async () => {
    await startHaproxy();
    expect(ask('/metrics', '--head')).toMatchObject({ status: 200, exitCode: 0 });
    expect(ask('/metrics', '--request', 'POST').status).toBe(405);
  });

  it('answers 502 while haproxy does not answer, and metrics as soon as it does', async () => {
    expect(ask('/metrics')).toMatchObject({ status: 502, type: 'text/plain; charset=UTF-8' });
    await startHaproxy();
    expect(ask('/metrics').status).toBe(200);
  });

  it.each([
    ['refuses', 'HTTP/1.1 503 No\r\nConnection: close\r\n\r\n'],
    ['speaks no HTTP', 'hello\r\n'],
    ['says nothing', ''],
  ])('answers 502 if the exporter %s', async (_what, answer) => {
    await startOther(answer);
    expect(ask('/metrics').status).toBe(502);
  });

  it('breaks its answer off when haproxy does, so that half an answer never looks complete', async () => {
    await startOther('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhaproxy_process_listeners 1\n');
    const { exitCode } = ask('/metrics');
    expect(exitCode).toBe(18);
  });
});
