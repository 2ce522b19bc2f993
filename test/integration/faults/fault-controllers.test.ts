import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { type HealthManager, startHealthManager } from '../../../sandbox/controller/health-manager.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { putText } from '../../support/amphora/uploads.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

const NAME = 'health.example';

const { world, amphora } = useAmphoraLab({ members: 0, heartbeatInterval: 0.2, prepare: takeNamesAway });
let other: HealthManager;
let key: string;

beforeAll(async () => {
  [, key = ''] = /^heartbeat_key = (.*)$/m.exec(await amphora.readText(AGENT_CONFIG_FILE)) ?? [];
  other = await startHealthManager(world.lab.controller, key);
});
afterAll(async () => {
  await other?.close();
});

/** Gives the box files of its own for names; names outside of /etc/hosts get no answer. */
async function takeNamesAway({ box }: Pick<LabAmphora, 'box'>): Promise<void> {
  for (const [name, text] of [
    ['hosts', ''],
    ['resolv.conf', 'nameserver 127.0.0.1\n'],
    ['nsswitch.conf', 'hosts: files dns\n'],
  ] as const) {
    await writeFile(box.file(`/run/${name}`), text);
    await box.run(['touch', `/etc/${name}`]);
    await box.run(['mount', '--bind', `/run/${name}`, `/etc/${name}`]);
  }
}
const writeHosts = (text: string) => writeFile(amphora.box.file('/etc/hosts'), text);

/** `host:port` of each health manager */
async function changeList(list: readonly string[]): Promise<void> {
  const config = await amphora.readText(AGENT_CONFIG_FILE);
  const text = config.replace(
    /^controller_ip_port_list = .*$/m,
    `controller_ip_port_list = ${list.join(', ')}`,
  );
  expect((await putText(world, amphora.controller, '/1.0/config', text)).status).toBe(202);
}
const beat = (manager: HealthManager) => manager.next(({ id }) => id === amphora.id);

describe('a controller whose name has no address', () => {
  it('is named in the log, and the other controllers get their heartbeats', async () => {
    await changeList([`${NAME}:${world.healthManager.port}`, `${world.lab.controller}:${other.port}`]);
    for (let beats = 0; beats < 3; beats += 1) await beat(other);
    await expect
      .poll(amphora.agentLog)
      .toContain(`"subject":"controller ${NAME}:${world.healthManager.port}"`);
  });

  it('gets heartbeats as soon as its name resolves, and keeps them when names fail again', async () => {
    await writeHosts(`${world.lab.controller} ${NAME}\n`);
    await beat(world.healthManager);
    await writeHosts('');
    await beat(other);
    await beat(world.healthManager);
  });
});

describe('a list of controllers that changes at run time', () => {
  it('loses no heartbeat and repeats none', async () => {
    const [one, two] = [world.healthManager, other].map(({ port }) => `${world.lab.controller}:${port}`);
    if (one === undefined || two === undefined) throw new Error('two health managers');
    await changeList([one]);
    const { message: begin } = await beat(world.healthManager);
    for (const list of Array.from({ length: 8 }, () => [[two], [one, two], [two, one], [one]]).flat()) {
      await changeList(list);
    }
    const { message: end } = await beat(world.healthManager);
    const heard = [...world.healthManager.heartbeats, ...other.heartbeats]
      .map(({ message: { seq } }) => seq)
      .filter((seq) => seq >= begin.seq && seq <= end.seq)
      .sort((a, b) => a - b);
    expect(heard.length).toBeGreaterThan(1);
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, index) => begin.seq + index));
    expect([...world.healthManager.refused, ...other.refused]).toEqual([]);
  });
});
