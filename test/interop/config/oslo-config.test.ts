import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { splitList } from '../../../src/config/controller-list.ts';
import { Invalid } from '../../../src/config/invalid.ts';
import { createOptionTexts } from '../../../src/config/option-texts.ts';
import { OPTIONS, type OptionKey } from '../../../src/config/options.ts';
import { parseIni } from '../../../src/config/oslo-ini.ts';
import { InvalidConfiguration } from '../../../src/errors.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { configurationFile, LOG_FACILITIES, SHARED } from './oslo-config-files.ts';

const READER = path.join(import.meta.dirname, 'oslo_config_reader.py');
const FILES = 1000;
const SEED = 20_261;

const REFUSED = 'refused';
/** It refers to an option that is refused, maybe by a check that goes beyond those of oslo.config: no value to compare. */
const REFERS_TO_REFUSED = 'refers to what is refused';

/** Options that accept any text in oslo.config; unit tests cover the further checks of ours. */
const PLAIN_TEXTS = new Set<OptionKey>([
  'syslogLogFacility',
  'basePath',
  'baseCertDir',
  'haproxyCmd',
  'heartbeatKey',
  'agentServerCa',
  'agentServerCert',
  'agentServerNetworkDir',
  'amphoraId',
]);
const NUMBERS = new Set<OptionKey>([
  'bindPort',
  'heartbeatInterval',
  'requestReadTimeout',
  ...LOG_FACILITIES,
]);
/** For these, oslo.config refuses the whole file. */
const COMMAND_LINE_OPTIONS: readonly OptionKey[] = ['debug', 'useSyslog', 'syslogLogFacility'];
/** Options whose default differs from that of Octavia's agent. */
const OTHER_DEFAULT: readonly OptionKey[] = ['agentServerNetworkDir', 'amphoraId'];

type Values = Readonly<Record<string, unknown>>;

/** Values by key, or undefined if the whole file is refused. */
async function readWithOslo(texts: readonly string[]): Promise<(Values | undefined)[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'oslo-config-'));
  try {
    const files = texts.map((text, index) => ({ text, name: path.join(directory, `${index}.conf`) }));
    await Promise.all(files.map(({ name, text }) => writeFile(name, text)));
    const options = SHARED.map((key) => [OPTIONS[key].sections[0], OPTIONS[key].name]);
    const input = JSON.stringify(files.map(({ name }) => ({ name, options })));
    const { stdout } = await createCommandRunner().run(['/usr/bin/python3', READER], {
      timeoutMs: 100_000,
      input,
    });
    return Answers.parse(JSON.parse(stdout)).map((answer) =>
      'failed' in answer ? undefined : byKey(answer.values),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

const Failed = z.object({ failed: z.string() });
const Answers = z.array(z.union([Failed, z.object({ values: z.array(z.unknown()) })]));

const byKey = (values: readonly unknown[]): Values =>
  Object.fromEntries(SHARED.map((key, at) => [key, asOurs(key, values[at])]));

/** The answer of oslo.config, with what only ours refuses called so. */
function asOurs(key: OptionKey, answer: unknown): unknown {
  if (Failed.safeParse(answer).success) return REFUSED;
  if (NUMBERS.has(key) && answer === null) return REFUSED; // an empty number is None there
  if (key === 'heartbeatInterval' && Number(answer) <= 0) return REFUSED;
  if (key === 'requestReadTimeout' && Number(answer) < 0) return REFUSED;
  return answer ?? undefined;
}

function readWithOurs(file: string): Values | undefined {
  try {
    const texts = createOptionTexts(parseIni('test.conf', file));
    return Object.fromEntries(SHARED.map((key) => [key, comparable(key, texts.find(key)?.text)]));
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfiguration);
    return undefined;
  }
}

function comparable(key: OptionKey, text: string | Invalid | undefined): unknown {
  if (text === undefined) return OTHER_DEFAULT.includes(key) ? undefined : OPTIONS[key].default;
  if (text instanceof Invalid)
    return /which is (?:not|neither) |an option that has no usable value/.test(text.reason)
      ? REFERS_TO_REFUSED
      : REFUSED;
  if (key === 'controllers') return splitList(text);
  if (PLAIN_TEXTS.has(key)) return text;
  const value: unknown = OPTIONS[key].type.read(text, () => undefined);
  if (value instanceof Invalid) return REFUSED;
  return key === 'minTlsVersion' ? text : value;
}

it("the agent reads any configuration file as oslo.config with Octavia's options does", async () => {
  const files = fc.sample(configurationFile, { numRuns: FILES, seed: SEED });
  const answers = await readWithOslo(files);
  let compared = 0;
  for (const [index, file] of files.entries()) {
    const ours = readWithOurs(file);
    const theirs = answers[index];
    const hint = JSON.stringify(file);
    if (ours === undefined) {
      expect(theirs, hint).toBeUndefined();
    } else if (theirs === undefined) {
      const refused = COMMAND_LINE_OPTIONS.filter((key) =>
        [REFUSED, REFERS_TO_REFUSED].includes(String(ours[key])),
      );
      expect(refused, hint).not.toEqual([]);
    } else {
      const keys = SHARED.filter((key) => ours[key] !== REFERS_TO_REFUSED);
      expect(
        keys.map((key) => [key, ours[key]]),
        hint,
      ).toEqual(keys.map((key) => [key, theirs[key]]));
      compared += keys.length;
    }
  }
  expect(compared).toBeGreaterThan(FILES * 5);
});
