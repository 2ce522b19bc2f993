import { isDeepStrictEqual } from 'node:util';
import { type AgentConfig, OPTION_KEYS, OPTIONS, type OptionKey } from './options.ts';

/** Which options a new configuration changes, by what it takes to make them true. */
export interface ConfigChange {
  /** in effect from now on */
  readonly applied: readonly OptionKey[];
  /** keep their running value until the agent is restarted */
  readonly needRestart: readonly OptionKey[];
}

export type ConfigListener = (config: AgentConfig, change: ConfigChange) => void;

/** The configuration in effect: what the agent was started with, with the newest value of each mutable option. */
export interface LiveConfig {
  current(): AgentConfig;
  /**
   * Takes over the mutable options of a configuration that loadConfig() has accepted, then tells every subscriber
   * if one changed. @throws AggregateError after all were told, where subscribers threw
   */
  replace(next: AgentConfig): ConfigChange;
  /** @returns the way to unsubscribe */
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
      if (change.applied.length > 0) tellAll(listeners, current, change);
      return change;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @param running what is in effect; an option that waits for a restart is told again each time */
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

function tellAll(listeners: ReadonlySet<ConfigListener>, config: AgentConfig, change: ConfigChange): void {
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
