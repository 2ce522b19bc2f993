import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { MOST_REPAIRS } from '../../../src/domain/drift/drift-memory.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { fixture } from '../../support/fixture.ts';
import { openWatchedNetwork } from '../../support/network/watched-network.ts';

const ADDRESS = '10.95.0.5/24';
/** deletes the address every second, two minutes at most */
const ENEMY = `for n in $(seq 120); do ip -n ${AMPHORA_NAMESPACE} address flush dev eth2 to ${ADDRESS}; sleep 1; done`;
const GAVE_UP = 'drift comes back after each repair: it is only reported for an hour';

describe('a fight with a program that deletes an address every second', () => {
  const world = fixture(openWatchedNetwork, (opened) => opened.close());

  it('ends after five repairs with one line in the log', async () => {
    const { drift } = world.context;
    const gaveUpLines = () => world.lab.log().filter(({ msg }) => msg === GAVE_UP).length;
    const attempts = (): number =>
      (drift.families().find(({ name }) => name === 'amphora_agent_drift_repairs')?.samples ?? [])
        .filter(({ labels }) => labels?.['kind'] === 'addresses')
        .reduce((sum, { value }) => sum + value, 0);
    const enemy = spawn('sh', ['-c', ENEMY], { stdio: 'ignore' });
    try {
      await expect.poll(gaveUpLines).toBe(1);
      const repaired = attempts();
      expect(drift.items()).toContainEqual(
        expect.objectContaining({ object: 'eth2', repairs_last_hour: MOST_REPAIRS, gave_up: true }),
      );
      for (let look = 0; look < 3; look += 1) {
        const before = drift.checkedAt();
        drift.lookSoon('a look amid the fight');
        await expect.poll(() => drift.checkedAt()).not.toEqual(before);
      }
      expect(attempts()).toBe(repaired);
    } finally {
      enemy.kill('SIGKILL');
    }
    expect(gaveUpLines()).toBe(1);
    expect(await world.inside('ip -o address show dev eth2')).not.toContain(ADDRESS);
    expect(await world.inside('ip -o address show dev eth1')).toContain('10.90.0.3/24');
  });
});
