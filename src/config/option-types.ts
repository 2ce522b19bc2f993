import ipaddr from 'ipaddr.js';
import { isUuid } from '../domain/ids.ts';
import { type ControllerAddress, readControllerList } from './controller-list.ts';
import { Invalid } from './invalid.ts';
import { strip } from './oslo-ini.ts';

/** How the text of an option becomes its value. */
export interface OptionType<Value> {
  /** @param warn is told what is left out of a value that is good all the same */
  read(text: string, warn: (warning: string) => void): Value | Invalid;
  /** What a reference to the option reads, given the option's text (oslo.config inserts Python's idea of the value). */
  referred(text: string): string | Invalid;
}

/** @param spell how a good value reads where it is referred to; as the file has it where not given */
function optionType<Value>(
  read: OptionType<Value>['read'],
  spell?: (value: Value) => string | Invalid,
): OptionType<Value> {
  return {
    read,
    referred(text) {
      const value = read(text, () => undefined);
      if (value instanceof Invalid) return value;
      return spell === undefined ? text : spell(value);
    },
  };
}

/** The longest time that a Node timer can wait (2^31 - 1 ms); it would take a longer one for 1 ms. */
const MOST_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

const TRUTHS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export const boolean = optionType(
  (text): boolean | Invalid =>
    TRUTHS.get(text.toLowerCase()) ?? new Invalid('is not a boolean (true/1/yes/on or false/0/no/off)'),
  (value) => (value ? 'True' : 'False'),
);

function readInteger(text: string): number | Invalid {
  const digits = strip(text);
  return /^[+-]?\d+(?:_\d+)*$/.test(digits)
    ? Number(digits.replaceAll('_', ''))
    : new Invalid('is not a whole number');
}

/** A whole number within bounds, both included. */
export function integer(least: number, most: number): OptionType<number> {
  return optionType((text): number | Invalid => {
    const value = readInteger(text);
    if (value instanceof Invalid || (value >= least && value <= most)) return value;
    return new Invalid(`is not between ${least} and ${most}`);
  }, String);
}

export const port = integer(0, 65535);

/** Seconds, where 0 means no limit, as for the Python agent. */
export const secondsOrNone = integer(0, MOST_SECONDS);

/** Seconds above 0. Fractions are taken too, which oslo.config refuses. */
export const interval = optionType((text): number | Invalid => {
  const seconds = /^\+?\d+\.\d+$/.test(text) ? Number(text) : readInteger(text);
  if (seconds instanceof Invalid) return new Invalid('is not a number of seconds');
  return seconds > 0 && seconds <= MOST_SECONDS
    ? seconds
    : new Invalid(`is not above 0 and at most ${MOST_SECONDS}`);
}, String);

/** One of some words, written exactly so. */
export function choice<Word extends string>(...words: readonly Word[]): OptionType<Word> {
  return optionType(
    (text) => words.find((word) => word === text) ?? new Invalid(`is not one of ${words.join(', ')}`),
  );
}

/** The smallest TLS version offered: whatever is asked for, nothing below TLS 1.2. */
export const minimumTlsVersion = optionType((text, warn): 'TLSv1.2' | 'TLSv1.3' | Invalid => {
  const named = choice('SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3').read(text, () => undefined);
  if (named instanceof Invalid) return named;
  if (named < 'TLSv1.2') warn(`${named} is raised to TLSv1.2, the lowest version that is ever offered`);
  return named === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2';
});

/** Any text, also an empty one. */
export const freeText = optionType((value): string | undefined | Invalid => value);

export const uuid = optionType((value): string | Invalid =>
  isUuid(value) ? value : new Invalid('is not a UUID'),
);

export const ipAddress = optionType((value): string | Invalid => {
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(value) || (ipaddr.IPv6.isValid(value) && !value.includes('%'));
  return isAddress ? value : new Invalid('is not an IPv4 or IPv6 address');
});

/** A file that only the agent itself opens. */
export const file = optionType((value): string | Invalid =>
  /^\/[^\p{Cc}]*$/u.test(value) ? value : new Invalid('is not an absolute path'),
);

/** The same, where an empty text means that there is none. */
export const optionalFile = optionType((value, warn): string | undefined | Invalid =>
  value === '' ? undefined : file.read(value, warn),
);

const PLAIN_PATH = /^\/[\w.,:@+/-]*$/;

/** A directory whose name goes into units, scripts and configurations of other programs, where it must need no quoting. */
export const directory = optionType((value): string | Invalid =>
  PLAIN_PATH.test(value)
    ? value
    : new Invalid('is not an absolute path of letters, digits and . , : @ + - _'),
);

/** A program, by absolute path or by a name to be found on PATH; goes into units and scripts too. */
export const program = optionType((value): string | Invalid =>
  PLAIN_PATH.test(value) || /^[\w][\w.+-]*$/.test(value)
    ? value
    : new Invalid('is neither an absolute path nor the name of a program'),
);

const FACILITIES =
  'USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV LOCAL0 LOCAL1 LOCAL2 LOCAL3 LOCAL4 LOCAL5 LOCAL6 LOCAL7';

/** A syslog facility, in any case, with or without LOG_; its value is always `LOG_NAME`. */
export const syslogFacility = optionType((value): string | Invalid => {
  const name = value.toUpperCase().replace(/^LOG_/, '');
  return FACILITIES.split(' ').includes(name)
    ? `LOG_${name}`
    : new Invalid('is not a syslog facility such as LOG_LOCAL0');
});

export const controllerList = optionType(
  (value, warn): readonly ControllerAddress[] | Invalid => readControllerList(value, warn),
  () => new Invalid('is a list'),
);
