import Table from 'cli-table3';
import { printable, printableJson } from '../../domain/text/printable.ts';
import type { Block, Grid } from '../../render/ctl/blocks.ts';
import type { Facts } from './agent-client.ts';
import { type CtlOutcome, EXIT, type ExitCode } from './outcome.ts';

/** Draws blocks for a terminal. Nothing in them can control it. */
export const drawn = (blocks: readonly Block[]): string =>
  blocks.map((block) => `${typeof block === 'string' ? printable(block) : table(block)}\n`).join('');

function table({ head, rows }: Grid): string {
  const made = new Table({ head: head.map(printable), style: { head: [], border: [] } });
  for (const row of rows) made.push(row.map((cell) => cell.split('\n').map(printable).join('\n')));
  return made.toString();
}

/** Returns the outcome of a command that shows facts, as JSON or as text. */
export const shown = <Known>(
  { known, whole }: Facts<Known>,
  json: boolean,
  {
    blocks,
    exitCode = EXIT.ok,
  }: { readonly blocks: (known: Known) => Block[]; readonly exitCode?: ExitCode },
): CtlOutcome => ({ exitCode, output: json ? printableJson(whole) : drawn(blocks(known)) });
