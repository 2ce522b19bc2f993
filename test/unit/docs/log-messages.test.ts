import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocument, rowsIn, sectionOf } from '../../support/documents/documents.ts';
import { loggedMessages, messagesIn } from '../../support/documents/logged-messages.ts';

const unquoted = (cell = ''): string => cell.replace(/^`(.*)`$/, '$1');

const LOGGED = loggedMessages();
const TABLES = sectionOf(readDocument('docs/operations.md'), 'Log messages').split(
  '\n### Messages made from values\n',
)[0];
/** The rows of the tables as `level: message`. */
const DOCUMENTED = rowsIn(TABLES ?? '').map(
  ({ cells: [message, level] }) => `${level}: ${unquoted(message)}`,
);

describe('the log messages in docs/operations.md', () => {
  it('have a row for every message that the sources log, with its level', () => {
    const logged = LOGGED.filter(({ text }) => text !== undefined).map(
      ({ level, text }) => `${level}: ${text}`,
    );
    expect(logged.length).toBeGreaterThan(80);
    expect([...new Set(logged)].filter((one) => !DOCUMENTED.includes(one))).toEqual([]);
  });

  it('have no row for a message that the sources do not log', () => {
    const logged = new Set(LOGGED.map(({ level, text }) => `${level}: ${text}`));
    expect(DOCUMENTED.filter((one) => !logged.has(one))).toEqual([]);
  });

  it('have one row for each message', () => {
    expect(DOCUMENTED.filter((one, index) => DOCUMENTED.indexOf(one) !== index)).toEqual([]);
  });

  it('are made from values in these files only, which "Messages made from values" describes', () => {
    const computed = LOGGED.filter(({ text }) => text === undefined).map(({ file }) =>
      file.replace(/.*\//, ''),
    );
    expect([...new Set(computed)].toSorted()).toEqual([
      'agent.ts', // warnings of the configuration and of the start
      'own-settings.ts', // warnings of the configuration
      'problem-log.ts', // the second argument of problems.report(), which is collected where it is called
      'served-tls.ts', // the validity of the agent's certificate, and authorities of monitoring and of controllers at once
      'standalone-context.ts', // warnings of the configuration
    ]);
  });

  it.each([
    'unknown section, ignored',
    'unknown option, ignored',
    'no controller is listed: no heartbeats will be sent',
    'the API listens once an interface has it',
    "the agent's certificate",
    'expired on',
    'is not valid before',
    'clients of agent_monitor_ca may do everything',
  ])('made from values contain "%s", in the sources and on the page', (part) => {
    const values = sectionOf(readDocument('docs/operations.md'), 'Messages made from values');
    expect(values).toContain(part);
    expect(globSync('src/**/*.ts').some((file) => readFileSync(file, 'utf8').includes(part))).toBe(true);
  });
});

describe('messagesIn', () => {
  it.each([
    ['a literal', `logger.info({ id }, 'done')`, 'info: done'],
    ['no fields', `this.#parts.logger.warn('done')`, 'warn: done'],
    ['an optional logger', `logger?.error({ err }, 'failed')`, 'error: failed'],
    ['a constant', `const advice = 'do this'; problems.report(subject, advice, {})`, 'warn: do this'],
    ['a template', "logger.error({ err }, `can't ${name}`)", "error: can't …"],
    [
      'a parameter of the function',
      `run('one'); function run(event: string) { logger.info({}, event); }`,
      'info: one',
    ],
    ['a loop variable', `for (const text of texts) logger.warn({ file }, text)`, 'warn: undefined'],
  ])('finds a message that is %s', (_kind, text, expected) => {
    expect(messagesIn('file.ts', text).map((one) => `${one.level}: ${one.text}`)).toEqual([expected]);
  });

  it('finds both messages of a condition', () => {
    const texts = messagesIn('file.ts', `logger.warn({}, isOld ? 'old' : 'new')`).map(({ text }) => text);
    expect(texts).toEqual(['old', 'new']);
  });

  it('leaves other methods of those names alone', () => {
    expect(messagesIn('file.ts', `program.error('wrong'); console.info('text')`)).toEqual([]);
  });
});

describe('what docs/operations.md says that an answer or the log contains', () => {
  /** what other programs, the kernel and curl say, and names of fields and files */
  const FOREIGN = [
    'details',
    'Connection reset',
    'Could not open configuration file /var/lib/octavia/haproxy-check.conf',
    'ENOSPC',
    'EROFS',
    'EMFILE',
  ];
  const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const section = sectionOf(readDocument('docs/operations.md'), 'What you see, and what to do');
  const quoted = rowsIn(section)
    .flatMap(({ cells: [seen = ''] }) => [...seen.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
    .filter((text) => !FOREIGN.includes(text));

  it.each([...new Set(quoted)])('is in the sources: %s', (text) => {
    // a word in capitals or an ellipsis stands for a value; the words of an action are put together
    const part = text.replace(/…\S*$| [A-Z\d]+$/, '').replace(/^Error \w+ing haproxy$/, 'ing haproxy');
    expect(sources.some((source) => source.includes(part))).toBe(true);
  });
});
