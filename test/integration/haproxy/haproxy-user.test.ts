import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { keptConfigName } from '../../../src/domain/haproxy/kept-config.ts';
import { USER_GROUP_CONFIG } from '../../../src/domain/paths.ts';
import { md5Hex } from '../../../src/domain/text/md5.ts';
import type { AmphoraLab, LabAmphora } from '../../support/amphora/amphora-lab.ts';
import type { Ask } from '../../support/amphora/api.ts';
import { startPluggedAmphora } from '../../support/amphora/plugged-amphora.ts';

const FORMER = 'global\n    user nobody\n    group nogroup\n';

describe('an amphora whose image has no file with a group for haproxy', () => {
  let world: AmphoraLab;
  let amphora: LabAmphora;
  let balancer: LoadBalancer;
  let ask: Ask;
  let text: string;

  beforeAll(async () => {
    ({ world, amphora, ask, balancer } = await startPluggedAmphora());
    text = haproxyConfigText(balancer);
  });

  afterAll(() => world?.close());

  const restartWith = async (...change: readonly [string, ...string[]]): Promise<string | undefined> => {
    await amphora.stopAgent();
    await amphora.exec([...change]);
    await amphora.startAgent();
    return amphora.readText(USER_GROUP_CONFIG);
  };
  const upload = async (body: string): Promise<number> => {
    const target = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
    return (await ask('PUT', target, { text: body })).status;
  };
  /** What haproxy alarms of when it reads the stored configuration and the file beside it. */
  const alerts = async (): Promise<string[]> => {
    const stored = `/var/lib/octavia/${balancer.id}/haproxy.cfg`;
    const { output } = await amphora.exec(['haproxy', '-c', '-f', stored, '-f', USER_GROUP_CONFIG]);
    return output.split('\n').filter((line) => line.includes('ALERT'));
  };

  it('has the agent write one, beside which no configuration alarms', async () => {
    expect(await restartWith('rm', USER_GROUP_CONFIG)).toBe('global\n    group nogroup\n');
    expect(await upload(text)).toBe(202);
    expect(await alerts()).toEqual([]);
  });

  it('has the agent replace what an earlier agent wrote', async () => {
    expect(await restartWith('sh', '-c', `printf '${FORMER}' >${USER_GROUP_CONFIG}`)).toBe(
      'global\n    group nogroup\n',
    );
  });

  it('runs no haproxy as root, also where a configuration names no user', async () => {
    expect(await upload(text.replace('    user nobody\n', ''))).toBe(202);
    expect(await alerts()).toEqual([]);
    expect((await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).status).toBe(202);
    const { stdout } = await amphora.exec(['ps', '-C', 'haproxy', '-o', 'user=']);
    expect(stdout.split(/\s+/)).toContain('nobody');
  });

  it('keeps the file of an earlier agent while a rollback may return to a configuration without a user', async () => {
    const kept = Buffer.from(text.replace('    user nobody\n', ''), 'latin1');
    const name = keptConfigName({ order: 1, since: new Date(0), md5: md5Hex(kept) });
    await writeFile(amphora.box.file(`/var/lib/octavia/${balancer.id}/history/${name}`), kept);
    expect(await restartWith('sh', '-c', `printf '${FORMER}' >${USER_GROUP_CONFIG}`)).toBe(FORMER);
  });
});
