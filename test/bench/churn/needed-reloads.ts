import { randomUUID } from 'node:crypto';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { temporaryFile } from '../../support/amphora/api.ts';
import { answerAt, checkMs } from '../compare/measured-haproxy.ts';
import { percentile } from '../timing/jitter.ts';
import { markedText } from './configurations.ts';
import type { ChurnFigures } from './rows.ts';
import type { Scene } from './scene.ts';
import { whenServing } from './worker.ts';

/** Reloads of a small load balancer, each with a changed frontend. */
export async function measureReloads({ contestant, count }: Scene): Promise<ChurnFigures> {
  const { balancer, vip } = contestant;
  const text = haproxyConfigText(balancer);
  const [answers, servings]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < count; turn += 1) {
    const mark = randomUUID();
    await contestant.upload(markedText(text, mark));
    const began = performance.now();
    const answered = contestant.reload().then(() => performance.now() - began);
    await whenServing('a reload', async () => (await answerAt(vip)) === mark);
    const serving = performance.now() - began;
    const answer = await answered;
    answers.push(answer);
    servings.push(Math.max(answer, serving));
  }
  return { 'reload-answer': percentile(answers, 0.5), 'reload-serving': percentile(servings, 0.5) };
}

/** First uploads of small load balancers, each deleted again. */
export async function measureFirstUploads({ contestant, count }: Scene): Promise<ChurnFigures> {
  const { amphora, balancer, must, world } = contestant;
  const [times, overCheck]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < count; turn += 1) {
    const id = randomUUID();
    const text = haproxyConfigText({ ...balancer, id });
    const bare = checkMs(await temporaryFile(world, text));
    const began = performance.now();
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${id}/haproxy`, { text });
    const taken = performance.now() - began;
    times.push(taken);
    overCheck.push(taken - bare);
    await must('DELETE', `/1.0/listeners/${id}`);
  }
  return { 'first-upload': percentile(times, 0.5), 'first-upload-over-check': percentile(overCheck, 0.5) };
}
