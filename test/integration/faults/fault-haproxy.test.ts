import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createController } from '../../../sandbox/controller/controller.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { FIRST_RETRIES } from '../../support/amphora/fault-lab.ts';
import { putText } from '../../support/amphora/uploads.ts';
import { useFaultLab } from '../../support/amphora/use-lab.ts';

const HAPROXY = '/run/haproxy';
/** Each file contains the id of the load balancer whose haproxy has the fault. */
const CRASHES = '/run/crashes';
const HANGS = '/run/hangs';
/** the number of connections that a haproxy master accepts at a time */
const MASTER_CONNECTIONS = 10;
const STAND_IN = `#!/bin/sh
named() { [ -e "$1" ] && case "$2" in *"$(cat "$1")"*) true ;; *) false ;; esac; }
case " $* " in
  *" -c "*) if named ${HANGS} "$*"; then exec sleep 3600; fi ;;
  *) if named ${CRASHES} "$*"; then echo 'something is very wrong'; kill -SEGV $$; fi ;;
esac
exec /usr/sbin/haproxy "$@"
`;

const lab = useFaultLab({ prepare: useStandIn });

async function useStandIn({ box, readText }: Pick<LabAmphora, 'box' | 'readText'>): Promise<void> {
  await writeFile(box.file(HAPROXY), STAND_IN, { mode: 0o755 });
  const config = await readText(AGENT_CONFIG_FILE);
  await writeFile(
    box.file(AGENT_CONFIG_FILE),
    config.replace(/^haproxy_cmd = .*$/m, `haproxy_cmd = ${HAPROXY}`),
  );
}

const begin = (fault: string) => writeFile(lab.amphora.box.file(fault), lab.troubled.id);
const end = (fault: string) => rm(lab.amphora.box.file(fault));

/** Checks the rest of the amphora while one load balancer has a fault. */
async function restGoesOn(): Promise<void> {
  const { ask, steady, upload, act } = lab;
  expect((await ask('GET', '/1.0/details')).status).toBe(200);
  expect((await ask('GET', '/1.0/listeners')).status).toBe(200);
  expect((await upload(steady, FIRST_RETRIES)).status).toBe(202);
  expect((await act(steady, 'reload')).status).toBe(202);
}
const masterPid = async (): Promise<string> =>
  (await lab.amphora.readText(`/var/lib/octavia/${lab.troubled.id}/${lab.troubled.id}.pid`)).trim();

describe('a haproxy that crashes whenever it is started', () => {
  it('is missing in heartbeats, which go on with the rest', async () => {
    await begin(CRASHES);
    await lab.amphora.exec(['kill', '-9', ...(await masterPid()).split('\n')]);
    await lab.beatOf(lab.steady);
    await restGoesOn();
  });

  it('makes a start and a reload answer with the output of haproxy', async () => {
    for (const action of ['start', 'reload'] as const) {
      const { status, json } = await lab.act(lab.troubled, action);
      expect(status).toBe(500);
      expect(json).toMatchObject({
        message: 'Error starting haproxy',
        details: expect.stringContaining('something is very wrong'),
      });
    }
  });

  it('serves without another request as soon as it can start', async () => {
    await end(CRASHES);
    await lab.beatOf(lab.steady, lab.troubled);
  });
});

describe('a haproxy whose socket takes commands and never answers', () => {
  const workers = async (): Promise<string[]> =>
    (await lab.amphora.exec(['pgrep', '-P', await masterPid()])).stdout.trim().split('\n');
  let stopped: string[];

  it('is missing in heartbeats, which go on with the rest', async () => {
    stopped = await workers();
    await lab.amphora.exec(['kill', '-STOP', ...stopped]);
    await lab.beatOf(lab.steady);
    await restGoesOn();
  });

  it('is replaced by a reload', async () => {
    expect((await lab.act(lab.troubled, 'reload')).status).toBe(202);
    await lab.beatOf(lab.steady, lab.troubled);
  });

  it('gets one question about its traffic for each answer, so that its master stays usable', async () => {
    for (let beats = 0; beats <= MASTER_CONNECTIONS; beats += 1) await lab.beatOf(lab.steady, lab.troubled);
    expect((await lab.act(lab.troubled, 'reload')).status).toBe(202);
    await lab.amphora.exec(['kill', '-CONT', ...stopped]);
  });
});

describe('a check of a configuration that hangs', () => {
  it('delays its own load balancer only, and the stored configuration stays', async () => {
    const { amphora, world, steady, troubled, beatOf } = lab;
    await begin(HANGS);
    const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
    const other = await createController(target, world.pki);
    const path = `/1.0/loadbalancer/${amphora.id}/${troubled.id}/haproxy`;
    const waiting = putText(world, other, path, haproxyConfigText(troubled));
    await until(async () => (await hanging()).length > 0, 60_000, 'the check');
    await restGoesOn();
    await beatOf(steady, troubled);
    await amphora.exec(['kill', '-9', ...(await hanging())]);
    const { status, body } = await waiting;
    other.close();
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ details: expect.stringMatching(/ -c .*: ended by SIGKILL$/) });
    const stored = await amphora.readText(`/var/lib/octavia/${troubled.id}/haproxy.cfg`);
    expect(stored).toContain(`retries ${FIRST_RETRIES}\n`);
  });

  it('delays nothing any more when it has ended', async () => {
    await end(HANGS);
    expect((await lab.upload(lab.troubled, 9)).status).toBe(202);
    expect((await lab.act(lab.troubled, 'reload')).status).toBe(202);
  });

  const hanging = async (): Promise<string[]> => {
    const { stdout } = await lab.amphora.exec(['pgrep', '-f', '^sleep 3600$'], { okCodes: [0, 1] });
    return stdout.split('\n').filter(Boolean);
  };
});
