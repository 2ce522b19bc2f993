import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { marked, syslogPriority } from '../../../src/domain/syslog.ts';

/** A line as the agent writes it. */
function lineOf(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'): string {
  let line = '';
  const stream = {
    write(text: string) {
      line = text;
    },
  };
  pino({ base: null, level: 'trace' }, stream)[level]({ level: 'odd' }, 'a message');
  return line;
}

describe('the priority of a line', () => {
  it.each([
    ['fatal', 2],
    ['error', 3],
    ['warn', 4],
    ['info', 6],
    ['debug', 7],
    ['trace', 7],
  ] as const)('of the level %s has severity %i', (level, severity) => {
    expect(syslogPriority('LOG_USER', lineOf(level))).toBe(8 + severity);
  });

  it.each([
    ['LOG_USER', 1],
    ['LOG_DAEMON', 3],
    ['LOG_AUTHPRIV', 10],
    ['LOG_LOCAL0', 16],
    ['LOG_LOCAL7', 23],
  ])('of %s has the code %i', (facility, code) => {
    expect(syslogPriority(facility, lineOf('info'))).toBe(code * 8 + 6);
  });
});

it('a line that is printed and sent to syslog is marked behind its level, and stays JSON', () => {
  const line = marked(lineOf('warn'));
  expect(line).toMatch(/^\{"level":40,"syslog":true,"time":/);
  expect(JSON.parse(line)).toMatchObject({ msg: 'a message' });
});
