import { InvalidConfiguration } from '../errors.ts';
import { invalidOption } from './configuration-errors.ts';
import { splitList } from './controller-list.ts';
import { Invalid } from './invalid.ts';
import { createOptionTexts, type OptionTexts } from './option-texts.ts';
import { type AgentConfig, OPTION_KEYS, OPTIONS, type OptionKey, REQUIRED } from './options.ts';
import { readIni } from './oslo-ini.ts';
import { strayEntries } from './stray-entries.ts';

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** lines for the log: options without an effect, or with another effect than the file says */
  readonly warnings: readonly string[];
}

/** The options that may be absent from a configuration file. */
export type OptionalConfig = Omit<AgentConfig, 'amphoraId'>;

/** A configuration with all its faults and warnings. */
export interface ExaminedConfig {
  /** undefined if the agent can't start with the configuration */
  readonly config: AgentConfig | undefined;
  /** the configuration with the default for each wrong option; undefined if an option without a default is wrong */
  readonly usable: AgentConfig | undefined;
  /** the options that have a default, with the default for each wrong one */
  readonly optional: OptionalConfig;
  readonly faults: readonly InvalidConfiguration[];
  readonly warnings: readonly string[];
}

/**
 * Parses and checks the text of a configuration file.
 * @param fileName the name of the file in messages
 * @throws InvalidConfiguration for the first option that is wrong or missing; the message never contains a secret
 */
export function loadConfig(fileName: string, text: string): LoadedConfig {
  const { config, faults, warnings } = examineConfig(fileName, text);
  if (config === undefined) throw faults[0] ?? new InvalidConfiguration(`${fileName}: can't be read`);
  return { config, warnings };
}

/**
 * Reads a configuration for commands that a boot needs even if the agent can't start: a wrong option gets its default, and the
 * warnings begin with the faults.
 * @throws InvalidConfiguration if an option that has no default is wrong or missing
 */
export function loadUsableConfig(fileName: string, text: string): LoadedConfig {
  const { usable, faults, warnings } = examineConfig(fileName, text);
  if (usable === undefined) throw faults[0] ?? new InvalidConfiguration(`${fileName}: can't be read`);
  return { config: usable, warnings: [...faults.map(({ message }) => message), ...warnings] };
}

/** Finds every fault of a text, while loadConfig() stops at the first. @param fileName the name of the file in messages */
export function examineConfig(fileName: string, text: string): ExaminedConfig {
  const { sections, faults: badLines, repetitions } = readIni(text);
  const texts = createOptionTexts(sections);
  const notes: string[] = [];
  const faults = badLines.map((fault) => new InvalidConfiguration(`${fileName}: ${fault}`));
  const values = OPTION_KEYS.map((key) => {
    const value = readOption(fileName, texts, key, notes);
    if (value instanceof InvalidConfiguration) faults.push(value);
    return [key, value] as const;
  });
  // each value has the type of its row in OPTIONS, but the compiler loses the types in Object.fromEntries
  const config = Object.freeze(Object.fromEntries(values)) as AgentConfig;
  const filled = withDefaults(values);
  const optional = Object.freeze(Object.fromEntries(filled.filter(isSet))) as OptionalConfig;
  const usable = filled.every(isSet) ? (optional as AgentConfig) : undefined;
  if (hasControllersWithoutKey(texts)) {
    const reason = 'is missing, though controller_ip_port_list has controllers';
    faults.push(invalidOption(fileName, 'heartbeatKey', reason));
  }
  const warnings = [
    ...notes,
    ...[...strayEntries(sections), ...repetitions].map((note) => `${fileName}: ${note}`),
  ];
  return { config: faults.length === 0 ? config : undefined, usable, optional, faults, warnings };
}

type Value = readonly [OptionKey, unknown];

const withDefaults = (values: readonly Value[]): readonly Value[] =>
  values.map(([key, value]) => [key, value instanceof InvalidConfiguration ? OPTIONS[key].default : value]);

/** Returns false for an option that has neither a value nor a default. */
const isSet = ([, value]: Value): boolean => value !== REQUIRED;

/** Returns true also if every entry of the list is wrong and left out. */
function hasControllersWithoutKey(texts: OptionTexts): boolean {
  const listed = texts.find('controllers')?.text;
  const key = texts.find('heartbeatKey')?.text;
  return typeof listed === 'string' && splitList(listed).length > 0 && (key === undefined || key === '');
}

/** @returns the value, or the error that says why the option has none */
function readOption(fileName: string, texts: OptionTexts, key: OptionKey, warnings: string[]): unknown {
  const option = OPTIONS[key];
  const found = texts.find(key);
  if (found === undefined) {
    if (option.default === REQUIRED) return invalidOption(fileName, key, 'is missing');
    return option.default;
  }
  const place = `${fileName}: [${found.section}] ${option.name}`;
  const warn = (warning: string): unknown => warnings.push(`${place}: ${warning}`);
  const value = found.text instanceof Invalid ? found.text : option.type.read(found.text, warn);
  if (!(value instanceof Invalid)) return value;
  const subject = option.secret ? 'the value' : shown(found.written);
  return invalidOption(fileName, key, `${subject} ${value.reason}`, found.section);
}

/** Returns a value as one line of bounded length. */
function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
