import { setTimeout as delay } from 'node:timers/promises';
import { printable, printableJson } from '../../domain/text/printable.ts';
import { reasonOf } from '../../errors.ts';
import { AgentUnreachable } from '../../host/agent/agent-errors.ts';
import { type TopFacts, topFrame, topLines } from '../../render/ctl/top.ts';
import type { AgentClient } from './agent-client.ts';
import { type CtlOutcome, EXIT } from './outcome.ts';
import { AgentRefused } from './refusals.ts';
import { DONE } from './run.ts';
import { openScreen, type Screen } from './screen.ts';

export interface TopSettings {
  /** the time between two refreshes */
  readonly intervalMs: number;
  /** whether to print once instead */
  readonly once: boolean;
  readonly json: boolean;
}

/** The whole status is read with every so many refreshes: it costs the agent more than the statistics. */
const STATUS_EVERY = 5;

/** Runs `top`: live in a terminal until q, Ctrl-C or SIGTERM, otherwise once. */
export async function top(client: AgentClient, { intervalMs, once, json }: TopSettings): Promise<CtlOutcome> {
  const [status, statistics] = [await client.status(), await client.statistics()];
  const exitCode = status.known.ready ? EXIT.ok : EXIT.failed;
  if (json)
    return { exitCode, output: printableJson({ status: status.whole, statistics: statistics.whole }) };
  const facts = { status: status.known, statistics: statistics.known, previous: undefined };
  if (once || !process.stdout.isTTY)
    return {
      exitCode,
      output: topLines(facts)
        .map((line) => `${printable(line)}\n`)
        .join(''),
    };
  const screen = openScreen({ output: process.stdout, input: process.stdin });
  try {
    await refresh(client, screen, { first: facts, intervalMs });
  } finally {
    screen.restore();
  }
  return DONE;
}

async function refresh(
  client: AgentClient,
  screen: Screen,
  { first, intervalMs }: { readonly first: TopFacts; readonly intervalMs: number },
): Promise<void> {
  let facts = first;
  let fault = '';
  let hasLeft = false;
  const left = screen.left.then(() => {
    hasLeft = true;
  });
  const draw = (): void => screen.draw(framed(facts, fault, screen.size()));
  process.stdout.on('resize', draw);
  try {
    for (let count = 1; !hasLeft; count += 1) {
      draw();
      await Promise.race([left, delay(intervalMs)]);
      if (hasLeft) return;
      try {
        const next = nextFacts(client, facts, count % STATUS_EVERY === 0 || fault !== '');
        facts = (await Promise.race([left, next])) ?? facts;
        fault = '';
      } catch (error) {
        if (!(error instanceof AgentUnreachable || error instanceof AgentRefused)) throw error;
        fault = reasonOf(error);
      }
    }
  } finally {
    process.stdout.off('resize', draw);
  }
}

async function nextFacts(client: AgentClient, facts: TopFacts, withStatus: boolean): Promise<TopFacts> {
  const status = withStatus ? (await client.status()).known : facts.status;
  return { status, statistics: (await client.statistics()).known, previous: facts.statistics };
}

/** Returns a frame, with the fault of the last refresh in place of its second line. */
function framed(facts: TopFacts, fault: string, size: ReturnType<Screen['size']>): string[] {
  const lines = topFrame(facts, size);
  if (fault === '') return lines;
  const [first = '', , ...others] = lines;
  return [first, `OLD VALUES: ${printable(fault)}`.slice(0, size.columns), ...others];
}
