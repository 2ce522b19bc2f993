import ipaddr from 'ipaddr.js';
import { isUuid } from '../domain/ids.ts';
import { type ControllerAddress, readControllerList } from './controller-list.ts';
import { Invalid } from './invalid.ts';
import { strip } from './oslo-ini.ts';

/** The type of an option: how its text becomes its value. */
export interface OptionType<Value> {
  /** Parses the text. @param warn called with a message for each part of a valid value that is left out or changed */
  read(text: string, warn: (warning: string) => void): Value | Invalid;
  /**
   * Returns the text that replaces a reference to the option, from the option's own text. oslo.config inserts the value as
   * Python prints it.
   */
  referred(text: string): string | Invalid;
}

/** @param spell writes a valid value for a reference to it; default: the text of the file */
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

/** The longest delay of a Node timer (2^31 - 1 ms). Node replaces a longer delay by 1 ms. */
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

/** Creates the type of whole numbers between two bounds, both included. */
export function integer(least: number, most: number): OptionType<number> {
  return optionType((text): number | Invalid => {
    const value = readInteger(text);
    if (value instanceof Invalid || (value >= least && value <= most)) return value;
    return new Invalid(`is not between ${least} and ${most}`);
  }, String);
}

export const port = integer(0, 65535);

/** Seconds. 0 means no limit, as in the Python agent. */
export const secondsOrNone = integer(0, MOST_SECONDS);

/** Seconds above 0. Fractions are allowed, unlike in oslo.config. */
export const interval = optionType((text): number | Invalid => {
  const seconds = /^\+?\d+\.\d+$/.test(text) ? Number(text) : readInteger(text);
  if (seconds instanceof Invalid) return new Invalid('is not a number of seconds');
  return seconds > 0 && seconds <= MOST_SECONDS
    ? seconds
    : new Invalid(`is not above 0 and at most ${MOST_SECONDS}`);
}, String);

/** Creates the type of the given values. The case of letters counts. */
export function choice<Choice extends string>(...choices: readonly Choice[]): OptionType<Choice> {
  return optionType(
    (text) => choices.find((one) => one === text) ?? new Invalid(`is not one of ${choices.join(', ')}`),
  );
}

/** The lowest TLS version that the server offers. A lower value than TLS 1.2 is raised to it. */
export const minimumTlsVersion = optionType((text, warn): 'TLSv1.2' | 'TLSv1.3' | Invalid => {
  const named = choice('SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3').read(text, () => undefined);
  if (named instanceof Invalid) return named;
  if (named < 'TLSv1.2') warn(`${named} is raised to TLSv1.2, the lowest version that the agent offers`);
  return named === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2';
});

/** Any text. It may be empty. */
export const freeText = optionType((value): string | undefined | Invalid => value);

export const uuid = optionType((value): string | Invalid =>
  isUuid(value) ? value : new Invalid('is not a UUID'),
);

export const ipAddress = optionType((value): string | Invalid => {
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(value) || (ipaddr.IPv6.isValid(value) && !value.includes('%'));
  return isAddress ? value : new Invalid('is not an IPv4 or IPv6 address');
});

/** A file that only the agent opens. */
export const file = optionType((value): string | Invalid =>
  /^\/[^\p{Cc}]*$/u.test(value) ? value : new Invalid('is not an absolute path'),
);

/** A file that only the agent opens, or an empty text for no file. */
export const optionalFile = optionType((value, warn): string | undefined | Invalid =>
  value === '' ? undefined : file.read(value, warn),
);

const PLAIN_PATH = /^\/[\w.,:@+/-]*$/;

/** A directory. Its path goes into units, scripts and configurations of other programs, so it must need no quoting. */
export const directory = optionType((value): string | Invalid =>
  PLAIN_PATH.test(value)
    ? value
    : new Invalid('is not an absolute path of letters, digits and . , : @ + - _'),
);

/** A program: an absolute path, or a name that is looked up on PATH. It goes into units and scripts too. */
export const program = optionType((value): string | Invalid =>
  PLAIN_PATH.test(value) || /^[\w][\w.+-]*$/.test(value)
    ? value
    : new Invalid('is neither an absolute path nor the name of a program'),
);

const FACILITIES =
  'USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV LOCAL0 LOCAL1 LOCAL2 LOCAL3 LOCAL4 LOCAL5 LOCAL6 LOCAL7';

/** A syslog facility, in upper or lower case, with or without LOG_. Its value is always `LOG_NAME`. */
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
