import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LongRunning, startLongRunning } from '../../../sandbox/programs/long-running.ts';
import { until } from '../../support/amphora/amphora-services.ts';

const CHECKER = path.resolve(import.meta.dirname, '../../../src/bin/amphora-health-checker');
const MEMBER = path.resolve(import.meta.dirname, '../../fixtures/sctp_member.py');
const NAMESPACE = 'sctp-member';
const SETUP = `
link add sctp0 type veth peer name sctp1 netns ${NAMESPACE}
address add 192.0.2.1/24 dev sctp0
address add 2001:db8::1/64 dev sctp0 nodad
link set sctp0 up
`;
const MEMBER_SETUP = `
address add 192.0.2.2/24 dev sctp1
address add 2001:db8::2/64 dev sctp1 nodad
link set sctp1 up
`;
const ADDRESSES = ['192.0.2.2', '2001:db8::2'];

let member: LongRunning | undefined;

beforeAll(() => {
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  execFileSync('ip', ['-batch', '-'], { input: SETUP });
  execFileSync('ip', ['-n', NAMESPACE, '-batch', '-'], { input: MEMBER_SETUP });
});

afterAll(async () => {
  await member?.stop();
  execFileSync('ip', ['netns', 'delete', NAMESPACE]);
});

function check(...args: string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(CHECKER, args);
  return { status, said: `${stdout}${stderr}` };
}

describe('amphora-health-checker without an SCTP member', () => {
  it.each(ADDRESSES)('reports %s as down as soon as the kernel of the member answers', (address) => {
    const { status, said } = check('sctp', '-t', '60', address, '5000');
    expect(status).toBe(1);
    expect(said).not.toContain('does not answer');
  });

  it.each(['192.0.2.77', '2001:db8::77'])('reports %s, which no host has, as down', (address) => {
    expect(check('sctp', '-t', '1', address, '5000').status).toBe(1);
  });
});

describe('amphora-health-checker with an SCTP member', () => {
  beforeAll(async () => {
    member = await startLongRunning(['ip', 'netns', 'exec', NAMESPACE, 'python3', MEMBER]);
    await member.printed(/ready/);
  });

  const said = (text: string): number => (member?.output() ?? '').split(text).length - 1;

  describe.each(ADDRESSES)('at %s', (address) => {
    it('succeeds on an INIT ACK, and aborts the association', async () => {
      const before = said('abort 5000 right tag');
      expect(check('sctp', '-t', '5', address, '5000')).toEqual({ status: 0, said: '' });
      await until(() => said('abort 5000 right tag') === before + 1);
    });

    it.each([
      ['a refusal', '5001', 'port 5001 refuses'],
      ['silence', '5002', 'port 5002 does not answer'],
      ['an answer that has the tag of somebody else', '5003', 'port 5003 does not answer'],
    ])('fails on %s', (_what, port, words) => {
      const result = check('sctp', '-t', '1', address, port);
      expect(result.status).toBe(1);
      expect(result.said).toContain(words);
    });

    it('repeats its INIT when a packet is lost', () => {
      expect(check('sctp', '-t', '20', address, '5004').status).toBe(0);
    });
  });

  it('sends an INIT as RFC 9260 defines it', () => {
    expect(said('init')).toBeGreaterThan(0);
    expect(said('bad')).toBe(0);
    expect(said('wrong tag')).toBe(0);
  });
});

describe('the arguments and rights of amphora-health-checker', () => {
  it.each([
    [[]],
    [['tcp', '192.0.2.2', '80']],
    [['sctp', '192.0.2.2']],
    [['sctp', '-t', 'x', '192.0.2.2', '80']],
    [['sctp', '-t', '1', '192.0.2.2', '0']],
    [['sctp', '-t', '1', '192.0.2.2', '65536']],
    [['sctp', '-t', '1', 'member.example', '80']],
  ])('refuses the arguments %j with exit code 2 and the reason', (args) => {
    const { status, said } = check(...args);
    expect(status).toBe(2);
    expect(said).toMatch(/^amphora-health-checker: .+\n$/);
  });

  it('makes it exit with 3 without the right to open a raw socket', () => {
    const { status, stderr } = spawnSync('setpriv', [
      ...['--bounding-set', '-net_raw', '--inh-caps', '-net_raw'],
      ...[CHECKER, 'sctp', '-t', '1', '192.0.2.2', '5000'],
    ]);
    expect(status).toBe(3);
    expect(stderr.toString()).toContain('cannot open a raw socket');
  });
});
