import { expect, it } from 'vitest';
import { peerName } from '../../../src/domain/haproxy/haproxy-text.ts';
import { createCommandRunner } from '../../../src/host/command.ts';

const SCRIPT = `
import sys
from octavia.common import utils
for amphora in sys.stdin.read().split():
    print(utils.base64_sha1_string(amphora).rstrip('='))
`;

it('the peer name of an amphora is the one that Octavia computes', async () => {
  const ids = [...Array(500).keys()].map((number) => `amphora-${number}`);
  const { stdout } = await createCommandRunner().run(['/usr/bin/python3', '-c', SCRIPT], {
    timeoutMs: 60_000,
    input: ids.join('\n'),
  });
  const names = ids.map((id) => peerName(id));
  expect(names).toEqual(stdout.trim().split('\n'));
  expect(names.some((name) => name.startsWith('x'))).toBe(true);
});
