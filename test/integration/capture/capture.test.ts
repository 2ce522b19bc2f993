import { beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { HEADERS_SNAP_LENGTH } from '../../../src/domain/capture/packet-headers.ts';
import { fetchThroughVip } from '../../support/amphora/amphora-lab.ts';
import { type Download, download } from '../../support/amphora/downloads.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { type CapturedPacket, capturedPackets } from '../../support/network/captured-packets.ts';

const { world, amphora, ask, must, balancer, vip } = usePluggedAmphora({ members: 1 });

type Query = Readonly<Record<string, string | number | boolean>>;
const target = (query: Query): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, `${value}`);
  return `/capture?${parameters}`;
};
const capture = (query: Query, method?: 'HEAD'): Promise<Download> =>
  download(world, amphora, target(query), method);
/** No packet of it arrives. */
const SILENT = { interface: 'lo', filter: 'udp port 9' } as const;
const PAGE = { interface: 'eth1', filter: 'tcp port 80' } as const;

/** Fetches the page of the load balancer until a capture has ended by its size. */
async function fileOfFetches(query: Query): Promise<Buffer> {
  const answer = await capture({ ...query, seconds: 60 });
  expect(answer.status).toBe(200);
  let isDone = false;
  const body = answer.body().finally(() => {
    isDone = true;
  });
  while (!isDone) expect(await fetchThroughVip(world.lab, vip())).toMatch(/^member/);
  return body;
}

const texts = (packets: readonly CapturedPacket[]): string =>
  packets.map(({ frame }) => frame.toString('latin1')).join('\n');

const detailsOf = async (answer: Download): Promise<string> =>
  JSON.parse((await answer.body()).toString()).details;

/** Resolves once no capture runs. */
const expectEnded = () =>
  expect
    .poll(async () => (await amphora.exec(['pgrep', '-x', 'tcpdump'], { okCodes: [0, 1] })).stdout)
    .toBe('');

beforeAll(async () => {
  await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
    text: haproxyConfigText(balancer),
  });
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
  await until(async () => (await fetchThroughVip(world.lab, vip())) !== undefined, 60_000, 'the first page');
});

describe('GET /capture', () => {
  it('has the headers of packets without their payload, and ends with a whole packet when it has its size', async () => {
    const file = await fileOfFetches({ ...PAGE, bytes: 4096 });
    expect(file.length).toBeGreaterThan(4096 - HEADERS_SNAP_LENGTH);
    expect(file.length).toBeLessThanOrEqual(4096);
    const packets = capturedPackets(file);
    expect(packets.some(({ frame, originalLength }) => originalLength > frame.length)).toBe(true);
    for (const { frame } of packets) {
      expect(frame.length).toBeLessThanOrEqual(14 + 20 + 60);
      expect([frame.readUInt16BE(34), frame.readUInt16BE(36)]).toContain(80);
    }
    expect(texts(packets)).not.toMatch(/HTTP|member/);
  });

  it('has whole packets with payload=true', async () => {
    const packets = capturedPackets(await fileOfFetches({ ...PAGE, bytes: 8192, payload: true }));
    expect(packets.every(({ frame, originalLength }) => originalLength === frame.length)).toBe(true);
    expect(texts(packets)).toMatch(/GET \/ HTTP\/1\.1/);
    expect(texts(packets)).toMatch(/member/);
  });

  it('ends after its time, also over the socket for local commands', async () => {
    const { stdout } = await amphora.exec([
      ...(['curl', '--silent', '--fail', '--unix-socket', '/var/lib/octavia/local/agent.sock'] as const),
      `http://localhost${target({ ...SILENT, seconds: 1 })}`,
      ...([
        '--output',
        '/run/capture.pcap',
        '--write-out',
        '%{http_code} %{content_type} %{size_download}',
      ] as const),
    ]);
    expect(stdout).toBe('200 application/vnd.tcpdump.pcap 24');
  });

  it('captures the management interface without the packets of its own answer', async () => {
    const { stdout } = await amphora.exec(['ip', '-brief', 'link', 'show', 'up']);
    const name = /^(?!lo\b)[^\s@]+/m.exec(stdout)?.[0] ?? '';
    const answer = await capture({
      interface: name,
      filter: 'tcp port 9443 or udp',
      seconds: 2,
      payload: true,
    });
    await must('GET', '/1.0/info');
    const packets = capturedPackets(await answer.body());
    const ports = packets.flatMap(({ frame }) => [frame.readUInt16BE(34), frame.readUInt16BE(36)]);
    expect(ports).toContain(9443);
    expect(ports).not.toContain(answer.localPort);
  });

  it('ends at once when its client leaves, and a second one gets 429 until then', async () => {
    const first = await capture({ ...SILENT, seconds: 300 });
    expect(first.status).toBe(200);
    const second = await capture(SILENT);
    expect(second.status).toBe(429);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(200);
    expect(await detailsOf(second)).toMatch(
      /^a capture is being made for another request: try again in \d+ s$/,
    );
    first.leave();
    await expectEnded();
    await expect.poll(async () => (await capture(SILENT, 'HEAD')).status).toBe(200);
    await expectEnded();
  });

  it.each([
    [{ interface: 'eth1', filter: 'tcp prt 80' }, /^filter: can't parse filter expression: syntax error/],
    [{ interface: 'eth1', filter: 'tcp) or (udp' }, /^filter: can't parse filter expression: syntax error/],
    [{ interface: 'eth1', filter: '-w /run/x' }, /^filter: /],
    [{ interface: 'eth1', filter: 'tcp and udp' }, /^filter: expression rejects all packets/],
    [{ interface: 'eth9' }, /^interface: must be one of lo, eth1 \(load balancers\), lo, .+ \(management\)$/],
    [{ interface: 'any' }, /^interface: must be one of /],
    [{ interface: '-w' }, /^interface: must be one of /],
    [{ interface: 'eth1', seconds: 301 }, /^seconds: must be a whole number from 1 to 300/],
    [{ filter: 'tcp' }, /^interface: required/],
  ])('refuses %j and says what is allowed', async (query, details) => {
    const answer = await ask('GET', target(query));
    expect(answer).toMatchObject({
      status: 400,
      json: { message: 'Invalid request', details: expect.stringMatching(details) },
    });
  });

  it('fails on an interface that is down, and breaks off when an interface goes', async () => {
    const link = (...args: string[]) => amphora.exec(['ip', 'link', ...args]);
    await link('add', 'cap0', 'type', 'veth', 'peer', 'name', 'cap1');
    expect(await ask('GET', target({ interface: 'cap0' }))).toMatchObject({
      status: 500,
      json: { details: expect.stringContaining('cap0: That device is not up') },
    });
    await link('set', 'cap0', 'up');
    const answer = await capture({ interface: 'cap0', seconds: 300 });
    expect(answer.status).toBe(200);
    const body = answer.body().catch(() => 'broken off');
    await link('delete', 'cap0');
    expect(await body).toBe('broken off');
    expect((await ask('GET', '/1.0/info')).status).toBe(200);
  });

  it('has a line in the audit log with what was captured', async () => {
    const lines = (await amphora.readText('/var/lib/octavia/audit/audit-000001.jsonl')).trimEnd().split('\n');
    const captures = lines.map((line) => JSON.parse(line)).filter(({ path }) => path === '/capture');
    expect(captures).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          method: 'GET',
          status: 200,
          client: expect.objectContaining({ authority: 'controller', serial: expect.stringMatching(/./) }),
          capture: { interfaceName: 'eth1', filter: 'tcp port 80', seconds: 60, bytes: 8192, payload: true },
        }),
        expect.objectContaining({ status: 'cut off', capture: expect.objectContaining({ seconds: 300 }) }),
        expect.objectContaining({ status: 400 }),
      ]),
    );
  });

  it('names the package when tcpdump is not installed', async () => {
    await amphora.exec(['mkdir', '-p', '/run/over/upper', '/run/over/work']);
    const layers = 'lowerdir=/usr/bin,upperdir=/run/over/upper,workdir=/run/over/work';
    await amphora.exec(['mount', '-t', 'overlay', 'overlay', '-o', layers, '/usr/bin']);
    await amphora.exec(['rm', '/usr/bin/tcpdump']);
    expect(await ask('GET', target(SILENT))).toMatchObject({
      status: 501,
      json: {
        details: 'tcpdump is not installed on this amphora: add the package tcpdump to its image',
      },
    });
    await amphora.exec(['umount', '--lazy', '/usr/bin']);
  });

  it('ends with a whole file when the agent ends', async () => {
    const answer = await capture({ ...SILENT, seconds: 300 });
    const [body] = await Promise.all([answer.body(), amphora.stopAgent()]);
    expect(capturedPackets(body)).toEqual([]);
    await expectEnded();
  });
});
