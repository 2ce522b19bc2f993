import { isDeepStrictEqual } from 'node:util';
import { type AgentConfig, OPTION_KEYS, OPTIONS, type OptionKey } from './options.ts';

/** The options that a new configuration changes. */
export interface ConfigChange {
  /** options whose new values are in effect */
  readonly applied: readonly OptionKey[];
  /** options that keep their old values until the agent is restarted */
  readonly needRestart: readonly OptionKey[];
}

export type ConfigListener = (config: AgentConfig, change: ConfigChange) => void;

/** The configuration in effect: the values from the agent's start, and the newest value of each mutable option. */
export interface LiveConfig {
  current(): AgentConfig;
  /**
   * Applies the mutable options of a configuration that loadConfig() has accepted. Calls every subscriber if such an
   * option changed. @throws AggregateError after all calls, if a subscriber threw
   */
  replace(next: AgentConfig): ConfigChange;
  /** @returns a function that ends the subscription */
  subscribe(listener: ConfigListener): () => void;
}

export function createLiveConfig(initial: AgentConfig): LiveConfig {
  let current = initial;
  const listeners = new Set<ConfigListener>();
  return {
    current: () => current,
    replace(next) {
      const change = compareConfigs(current, next);
      current = withOptions(current, next, change.applied);
      if (change.applied.length > 0) notifyAll(listeners, current, change);
      return change;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Compares a new configuration with the one in effect.
 * @param running the configuration in effect; an option that waits for a restart appears in each comparison
 */
export function compareConfigs(running: AgentConfig, next: AgentConfig): ConfigChange {
  const changed = OPTION_KEYS.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  return {
    applied: changed.filter((key) => OPTIONS[key].mutable),
    needRestart: changed.filter((key) => !OPTIONS[key].mutable),
  };
}

function withOptions(running: AgentConfig, next: AgentConfig, keys: readonly OptionKey[]): AgentConfig {
  return Object.freeze({ ...running, ...Object.fromEntries(keys.map((key) => [key, next[key]])) });
}

function notifyAll(listeners: ReadonlySet<ConfigListener>, config: AgentConfig, change: ConfigChange): void {
  const errors: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener(config, change);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'a subscriber failed on the new configuration');
}
