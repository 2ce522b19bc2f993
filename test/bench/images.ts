/**
 * npm run bench:image: builds the image and the same one with Debian's octavia-agent, boots both by turns, with nothing but a
 * config drive, and prints how large they are, how long each takes to its first answer over mutual TLS, and the memory of the agent
 * (PSS, all its processes). Ends with 1 where ours needs more than the share of the other's in BOUNDS. `-- --times N` boots more often.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AGENT_MEMORY, createImageLab } from '../image/amphora-machines.ts';
import { inPrivateWorld } from './load/private-world.ts';

interface Figures {
  readonly megabytes: number;
  readonly answerSeconds: number;
  readonly memoryMib: number;
}

const IMAGES = path.resolve(import.meta.dirname, '../../images');
const OURS = { file: path.join(IMAGES, 'amphora.qcow2'), service: 'amphora-agent' };
const THEIRS = { file: path.join(IMAGES, 'octavia-agent.qcow2'), service: 'octavia-agent' };
/** largest allowed shares of the other image's figures; docs/images.md has the measured ones */
const BOUNDS: Readonly<Figures> = { megabytes: 0.6, answerSeconds: 0.45, memoryMib: 0.5 };
const ANSWER_MS = 300_000;
const POLL_MS = 50;

async function measure({ file, service }: typeof OURS): Promise<Figures> {
  const world = await createImageLab(file);
  try {
    const amphora = await world.boot('SINGLE');
    const end = Date.now() + ANSWER_MS;
    while (
      (await amphora.controller.request({ method: 'GET', path: '/1.0/info' }).catch(() => undefined))
        ?.status !== 200
    ) {
      if (Date.now() > end) throw new Error(`no answer: ${amphora.console()}`);
      await delay(POLL_MS);
    }
    const answerSeconds = (Date.now() - amphora.startedAt()) / 1000;
    const memoryMib = Number(await amphora.shell(AGENT_MEMORY(service))) / 1024;
    return { megabytes: (await stat(file)).size / 1_000_000, answerSeconds, memoryMib };
  } finally {
    await world.close();
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

async function compare(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { times: { type: 'string', default: '3' } } });
  const [ours, theirs]: [Figures[], Figures[]] = [[], []];
  for (let time = 0; time < Number(values.times); time += 1) {
    ours.push(await measure(OURS));
    theirs.push(await measure(THEIRS));
  }
  let isGood = true;
  for (const name of ['megabytes', 'answerSeconds', 'memoryMib'] as const) {
    const [own, other] = [ours, theirs].map((all) => median(all.map((one) => one[name])));
    const share = (own ?? Number.NaN) / (other ?? Number.NaN);
    isGood &&= share <= BOUNDS[name];
    console.log(`${name}: ${own?.toFixed(1)} beside ${other?.toFixed(1)}: ${share.toFixed(2)}`);
  }
  return isGood ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, compare);
