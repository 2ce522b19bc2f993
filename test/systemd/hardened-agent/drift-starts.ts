import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { HaproxyId } from '../../../src/domain/ids.ts';
import { haproxyService } from '../../../src/domain/paths.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import type { HardenedFindings } from './hardened-agent-findings.ts';

/** systemd gives a service up after so few starts that the test needs few kills. */
const LIMIT = '[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=1\n[Service]\nRestartSec=0\n';
const LOOK_MS = 50;
/** a look at once, another one 10 s later, and the start */
const REPAIR_MS = 100_000;

const shown = (id: HaproxyId, property: string): string =>
  execFileSync('systemctl', ['show', '--value', `--property=${property}`, haproxyService(id)])
    .toString()
    .trim();

/** Kills a haproxy until systemd no longer starts it. A start that is killed too would make the next one wait. */
async function exhaust(id: HaproxyId): Promise<void> {
  let killed: number | undefined;
  for (let state = ''; state !== 'failed'; state = shown(id, 'ActiveState')) {
    const pid = Number(shown(id, 'MainPID'));
    if (state === 'active' && pid > 0 && pid !== killed) process.kill(pid, 'SIGKILL');
    killed = state === 'active' ? pid : killed;
    await delay(LOOK_MS);
  }
}

/**
 * Makes systemd give up two haproxys. The controller stops the second one after that. Returns once the agent has started the
 * first one: one look serves both.
 * @param request.stop sends the controller's stop @param request.repair switches the repair of drift on
 */
export async function driftStarts(
  [exhausted, stopped]: readonly [HaproxyId, HaproxyId],
  request: { stop(id: HaproxyId): Promise<string>; repair(): Promise<string> },
): Promise<HardenedFindings['drift']> {
  for (const id of [exhausted, stopped]) {
    const directory = `/run/systemd/system/${haproxyService(id)}.service.d`;
    await mkdir(directory, { recursive: true });
    await writeFile(`${directory}/limit.conf`, LIMIT);
  }
  execFileSync('systemctl', ['daemon-reload']);
  await Promise.all([exhaust(exhausted), exhaust(stopped)]);
  const answers = [await request.stop(stopped), await request.repair()];
  const end = performance.now() + REPAIR_MS;
  await until(() => shown(exhausted, 'ActiveState') === 'active' || performance.now() > end);
  return { answers, states: [exhausted, stopped].map((id) => shown(id, 'ActiveState')) };
}
