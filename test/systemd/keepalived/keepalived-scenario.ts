import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { listenerId } from '../../../src/domain/ids.ts';
import { causeOfEnd, judgeReload, judgeStart } from '../../../src/domain/keepalived/keepalived-log.ts';
import { PLUGGED_INTERFACES } from '../../../src/domain/paths.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { loggedByEnded } from '../../../src/host/services/unit-journal.ts';
import { reloadKeepalived, startKeepalived } from '../../../src/operations/keepalived/start.ts';
import {
  keepalivedDefinition,
  keepalivedLvsDefinition,
  namespaceDefinition,
} from '../../../src/render/units.ts';
import { KEEPALIVED_CONFIG, makeInterface, storeKeepalived } from '../../support/amphora/amphora-services.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';
import { exampleId } from '../../support/models/models.ts';
import { failureText, paths, services, unitContext } from '../systemd-services.ts';
import type { KeepalivedFindings } from './keepalived-findings.ts';

const JOURNAL_STOP_MS = 2000;
const warnings: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) });
// a start uses only the services of the host
const context = { host: { services }, logger };
const vrrp = keepalivedDefinition(unitContext);
const lvs = keepalivedLvsDefinition(unitContext, listenerId(LVS.listener));

async function runVrrp(): Promise<KeepalivedFindings['vrrp']> {
  await storeKeepalived(unitContext.render, paths.vrrp);
  const beforeStart = await services.outputMark(vrrp.name);
  const started = await failureText(startKeepalived(context, vrrp.name));
  const startLog = judgeStart(await services.outputAfter(vrrp.name, beforeStart));
  const { mainPid } = await services.state(vrrp.name);
  const beforeReload = await services.outputMark(vrrp.name);
  const reloaded = await failureText(reloadKeepalived(context, vrrp.name));
  const reloadLog = judgeReload(await services.outputAfter(vrrp.name, beforeReload));
  const sameMain = (await services.state(vrrp.name)).mainPid === mainPid;
  await services.stop(vrrp.name);
  return { started, startLog, reloaded, reloadLog, warnings: [...warnings], sameMain };
}

async function startWith(
  definition: typeof vrrp,
  files: { readonly mainConfig: string; readonly config: string },
  text: string,
): Promise<{ said: string }> {
  await storeKeepalived(unitContext.render, files, text);
  const words = await failureText(startKeepalived(context, definition.name));
  await services.stop(definition.name);
  return { said: words };
}

/** The journal stands still for so long that a keepalived which can't work has ended. */
async function withSlowJournal(
  start: () => Promise<{ said: string }>,
): Promise<KeepalivedFindings['slowJournal']> {
  const show = ['show', '--property=MainPID', '--value', 'systemd-journald'];
  const journal = Number(execFileSync('systemctl', show).toString());
  process.kill(journal, 'SIGSTOP');
  const end = delay(JOURNAL_STOP_MS).then(() => process.kill(journal, 'SIGCONT'));
  const since = new Date();
  const { said } = await start();
  await end;
  const seen = await loggedByEnded(createCommandRunner(), vrrp.name, { since, mainPid: undefined });
  return { said, saidWithoutMain: causeOfEnd(seen) };
}

await writeFile(PLUGGED_INTERFACES, '');
for (const definition of [namespaceDefinition(unitContext), vrrp, lvs]) {
  await services.install(definition);
  await services.enable(definition.name);
}
await services.start('amphora-netns');
makeInterface();
const lvsFiles = paths.lvsListener(listenerId(LVS.listener));
const members = Array.from({ length: 300 }, (_, index) => ({
  id: exampleId(5, index),
  address: `10.1.${Math.floor(index / 200)}.${(index % 200) + 1}`,
  port: 82,
}));
const onMissing = () => startWith(vrrp, paths.vrrp, KEEPALIVED_CONFIG.replace('eth1', 'eth7'));
const found: KeepalivedFindings = {
  vrrp: await runVrrp(),
  slowJournal: await withSlowJournal(onMissing),
  missingInterface: await onMissing(),
  nothingToRun: await startWith(lvs, lvsFiles, `# Listener ${LVS.listener} is disabled\n`),
  withoutIpvs: await startWith(lvs, lvsFiles, lvsConfigText({ members })),
};
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
