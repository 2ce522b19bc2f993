/**
 * npm run test:matrix [-- --only VERSION]… [-- --all] [-- WORD…]: runs the integration tests that depend on haproxy's version with
 * each haproxy from 2.6 to 3.2 in turn. --all takes all integration tests, a WORD those of the files that have it in their
 * path. The packages are unpacked into the cache, not installed. Ubuntu's 2.8 is run where UBUNTU_MIRROR=URL names a mirror.
 * Ends with a table, and with 1 where a test failed or a haproxy that has a mirror can't be had.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type Outcome, runGroup } from '../runner/groups.ts';
import { withHaproxyUnderTest } from '../runner/haproxy-under-test.ts';
import { haproxyTestFiles } from './dependent-tests.ts';
import { type HaproxyRelease, parseRelease, RELEASES, whyNoMirror } from './haproxy-versions.ts';
import { Unavailable, unpackHaproxy } from './unpacked-haproxy.ts';

interface Row {
  readonly haproxy: string;
  readonly from: string;
  readonly outcome: Outcome;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const releases = values.only.length === 0 ? RELEASES : values.only.map(parseRelease);
  const words = positionals.length > 0 || values.all ? positionals : haproxyTestFiles();
  const rows: Row[] = [];
  for (const release of releases) rows.push(await runWith(release, words));
  console.log(drawn(rows));
  const passed = rows.reduce((sum, { outcome }) => sum + ('notRun' in outcome ? 0 : outcome.passed), 0);
  const failed = rows.reduce((sum, row, index) => sum + failures(row, releases[index]), 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

async function runWith(release: HaproxyRelease, words: readonly string[]): Promise<Row> {
  const { version, distribution, suites } = release;
  console.log(`\n== haproxy ${version}`);
  try {
    const { program, version: exact } = await unpackHaproxy(release, console.log);
    process.env['HAPROXY'] = program;
    const outcome = await withHaproxyUnderTest(() =>
      runGroup('integration', { args: words, output: 'inherit', suite: undefined }),
    );
    return { haproxy: exact, from: distribution, outcome };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(error.message);
    return {
      haproxy: version,
      from: `${distribution} ${suites.join(', ')}`,
      outcome: { notRun: error.message },
    };
  }
}

/** A haproxy that can't be had counts as a failure, unless nobody has named a mirror that has it. */
function failures({ outcome }: Row, release: HaproxyRelease | undefined): number {
  if (!('notRun' in outcome)) return outcome.failed;
  return release !== undefined && whyNoMirror(release, process.env) === undefined ? 1 : 0;
}

function drawn(rows: readonly Row[]): string {
  const table = new Table({
    head: ['haproxy', 'from', 'passed', 'failed', ''],
    style: { head: [], border: [] },
  });
  for (const { haproxy, from, outcome } of rows) {
    if ('notRun' in outcome) table.push([haproxy, from, '', '', `not run: ${outcome.notRun}`]);
    else table.push([haproxy, from, outcome.passed, outcome.failed, '']);
  }
  return table.toString();
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
