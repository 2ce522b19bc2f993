import { invalidOption } from './configuration-errors.ts';
import { Invalid } from './invalid.ts';
import { createOptionTexts, type OptionTexts } from './option-texts.ts';
import { type AgentConfig, OPTION_KEYS, OPTIONS, type OptionKey, REQUIRED } from './options.ts';
import { parseIni } from './oslo-ini.ts';

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** controllers that were left out, one line each; to be logged */
  readonly warnings: readonly string[];
}

/**
 * Makes the configuration from the text of the file (contract section 1).
 * @param fileName only names the file in messages
 * @throws InvalidConfiguration for the first option that is wrong or missing; a secret is never shown
 */
export function loadConfig(fileName: string, text: string): LoadedConfig {
  const texts = createOptionTexts(parseIni(fileName, text));
  const warnings: string[] = [];
  const values = OPTION_KEYS.map((key) => [key, readOption(fileName, texts, key, warnings)] as const);
  // each value has the type of its row, which the compiler can't follow through entries
  const config = Object.freeze(Object.fromEntries(values)) as AgentConfig;
  const listed = config.controllers.length + warnings.length;
  if (listed > 0 && (config.heartbeatKey ?? '') === '') {
    throw invalidOption(
      fileName,
      'heartbeatKey',
      'is missing, though controller_ip_port_list has controllers',
    );
  }
  return { config, warnings };
}

function readOption(fileName: string, texts: OptionTexts, key: OptionKey, warnings: string[]): unknown {
  const option = OPTIONS[key];
  const found = texts.find(key);
  if (found === undefined) {
    if (option.default === REQUIRED) throw invalidOption(fileName, key, 'is missing');
    return option.default;
  }
  const place = `${fileName}: [${found.section}] ${option.name}`;
  const warn = (warning: string): unknown => warnings.push(`${place}: ${warning}`);
  const value = found.text instanceof Invalid ? found.text : option.type.read(found.text, warn);
  if (!(value instanceof Invalid)) return value;
  const subject = option.secret ? 'the value' : shown(found.written);
  throw invalidOption(fileName, key, `${subject} ${value.reason}`, found.section);
}

/** A value as one line of bounded length. */
function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
