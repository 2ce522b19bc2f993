import { describe, expect, it } from 'vitest';
import { type ConfigChange, createLiveConfig } from '../../../src/config/live-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { AgentConfig } from '../../../src/config/options.ts';

function config(healthManager = '', others = ''): AgentConfig {
  const text = `[amphora_agent]\namphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\n[health_manager]\n`;
  return loadConfig('agent.conf', `${text}heartbeat_key = k\n${healthManager}\n${others}`).config;
}

describe('a replaced configuration', () => {
  it('applies its mutable options and notifies the subscribers once', () => {
    const live = createLiveConfig(config());
    const told: [AgentConfig, ConfigChange][] = [];
    live.subscribe((...news) => told.push(news));
    const change = live.replace(config('controller_ip_port_list = 192.0.2.1:1\nheartbeat_interval = 3'));
    expect(change).toEqual({ applied: ['controllers', 'heartbeatInterval'], needRestart: [] });
    expect(live.current()).toMatchObject({
      controllers: [{ host: '192.0.2.1', port: 1 }],
      heartbeatInterval: 3,
    });
    expect(told).toEqual([[live.current(), change]]);
    expect(Object.isFrozen(live.current())).toBe(true);
  });

  it('keeps the running values of options that need a restart, and says so until the restart', () => {
    const live = createLiveConfig(config());
    const next = config('heartbeat_interval = 3', '[haproxy_amphora]\nbase_path = /srv\nbind_port = 1');
    expect(live.replace(next)).toEqual({
      applied: ['heartbeatInterval'],
      needRestart: ['basePath', 'bindPort'],
    });
    expect(live.current()).toEqual(config('heartbeat_interval = 3'));
    expect(live.replace(next)).toEqual({ applied: [], needRestart: ['basePath', 'bindPort'] });
  });

  it('with the same values notifies no subscriber', () => {
    const live = createLiveConfig(config('controller_ip_port_list = 192.0.2.1:1'));
    live.subscribe(() => expect.unreachable('told'));
    const change = live.replace(config('controller_ip_port_list = 192.0.2.1:1,'));
    expect(change).toEqual({ applied: [], needRestart: [] });
  });

  it('can remove all controllers', () => {
    const live = createLiveConfig(config('controller_ip_port_list = 192.0.2.1:1'));
    live.replace(config());
    expect(live.current().controllers).toEqual([]);
  });
});

describe('a subscriber of the configuration', () => {
  it('is not notified after it unsubscribed', () => {
    const live = createLiveConfig(config());
    const unsubscribe = live.subscribe(() => expect.unreachable('told'));
    unsubscribe();
    expect(live.replace(config('heartbeat_interval = 3')).applied).toEqual(['heartbeatInterval']);
  });

  it('that throws does not stop the notification of others', () => {
    const live = createLiveConfig(config());
    const heard: number[] = [];
    live.subscribe(() => {
      throw new Error('no');
    });
    live.subscribe(({ heartbeatInterval }) => heard.push(heartbeatInterval));
    expect(() => live.replace(config('heartbeat_interval = 3'))).toThrow(AggregateError);
    expect(heard).toEqual([3]);
  });
});
