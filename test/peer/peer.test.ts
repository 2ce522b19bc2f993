import { beforeAll, describe, expect, it } from 'vitest';
import type { Kind } from '../interop/driver/model.ts';
import { openTheatre, play } from '../interop/driver/player.ts';
import type { Answer } from '../interop/driver/steps.ts';
import { comparisonTable, type Row } from './comparison-table.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { differentParts } from './different-parts.ts';
import { PYTHON_PROGRAMS, preparePythonAmphora } from './python-amphora.ts';

const LIMIT_MS = 10 * 60_000;

interface Played {
  readonly kind: Kind;
  readonly step: string;
  readonly call: string;
  readonly answer: Answer;
}

/** Plays the whole scenario on an amphora of each kind. */
async function playAll(options: Parameters<typeof openTheatre>[0]): Promise<Played[]> {
  const theatre = await openTheatre(options);
  try {
    const played: Played[] = [];
    for (const stage of theatre.stages) {
      for (const step of stage.acts.flatMap(({ steps }) => steps)) {
        const answer = await play(stage, step);
        played.push({ kind: stage.kind, step: step.name, call: step.call, answer });
      }
    }
    return played;
  } finally {
    await theatre.close();
  }
}

const listedOf = (step: string, { family }: Kind): Difference | undefined =>
  DIFFERENCES.find(
    ({ steps, families }) => steps.includes(step) && (families === undefined || families.includes(family)),
  );

const NEVER: Answer = { status: undefined, body: undefined, raised: 'never asked' };

describe("Octavia's own driver beside Octavia's own agent", () => {
  let rows: (Row & { readonly listed: readonly string[] })[];

  beforeAll(async () => {
    const ours = await playAll({});
    const theirs = await playAll({
      // octavia-agent logs its configuration, including heartbeat_key
      keepsSecrets: false,
      each: () => ({ programs: PYTHON_PROGRAMS }),
      prepare: preparePythonAmphora,
    });
    rows = ours.map(({ kind, step, call, answer }, index) => {
      const their = theirs[index]?.answer ?? NEVER;
      const listed = listedOf(step, kind);
      return {
        step,
        call,
        kind: `${kind.topology}, ${kind.family}`,
        ours: answer,
        theirs: their,
        parts: differentParts(answer, their),
        listed: listed?.parts ?? [],
        why: listed?.why,
      };
    });
    console.log(comparisonTable(rows));
  }, LIMIT_MS);

  it('gets the same answer to every step, except for the listed differences', () => {
    const summary = (parts: (row: (typeof rows)[number]) => readonly string[]): string[] =>
      rows.map((row) => `${row.step} (${row.kind}): ${parts(row).join(', ')}`);
    expect(summary(({ parts }) => parts)).toEqual(summary(({ listed }) => listed));
  });

  it('has each step of the list of differences', () => {
    const steps = new Set(rows.map(({ step }) => step));
    expect(DIFFERENCES.flatMap((one) => one.steps).filter((step) => !steps.has(step))).toEqual([]);
  });
});
