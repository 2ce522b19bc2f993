import { describe, expect, it } from 'vitest';
import {
  agentFaults,
  FORMER_AGENT,
  lacksHeartbeat,
} from '../../../../src/operations/upgrade/run/probe-faults.ts';
import type { StateBefore } from '../../../../src/schemas/upgrade-run.ts';

const BEFORE: StateBefore = {
  agent_runs: true,
  not_ready: ['the disk of / has # MiB left'],
  sends_heartbeats: true,
  keepalived_runs: false,
  accepts_keepalived: false,
  serving: [],
  vips: [],
  lvs_running: [],
  refused: [],
  open: [],
  broken: [],
};
const facts = (sent: number, ...reasons: string[]) => ({ reasons, heartbeats: { sent } });

describe('agentFaults', () => {
  it('waits for a heartbeat after the first look', () => {
    expect(agentFaults(BEFORE, facts(7), 7)).toEqual(['the agent has sent no heartbeat']);
    expect(agentFaults(BEFORE, facts(8), 7)).toEqual([]);
  });

  it('counts a heartbeat of an agent that restarted after the first look', () => {
    expect(agentFaults(BEFORE, facts(0), 7)).toEqual(['the agent has sent no heartbeat']);
    expect(agentFaults(BEFORE, facts(1), 7)).toEqual([]);
  });

  it('needs no heartbeat from an agent that sent none before the upgrade', () => {
    expect(agentFaults({ ...BEFORE, sends_heartbeats: false }, facts(0), 0)).toEqual([]);
  });

  it('ignores a reason from before the upgrade, whatever its numbers are now', () => {
    expect(agentFaults(BEFORE, facts(8, 'the disk of / has 12 MiB left'), 7)).toEqual([]);
    expect(agentFaults(BEFORE, facts(8, 'interface eth1 is down'), 7)).toEqual(['interface eth1 is down']);
  });

  it('needs an answer only from an agent that ran before the upgrade', () => {
    expect(agentFaults(BEFORE, undefined, 0)).toEqual(['the agent does not answer']);
    expect(agentFaults({ ...BEFORE, agent_runs: false }, undefined, 0)).toEqual([]);
  });
});

describe('an agent that hangs while systemd ends it', () => {
  it('is a fault, though it could answer', () => {
    expect(agentFaults(BEFORE, FORMER_AGENT, 0)).toEqual([
      'the agent still runs the program that was replaced',
    ]);
  });
});

describe('lacksHeartbeat', () => {
  it('is true for an agent that sent heartbeats and does not answer', () => {
    expect(lacksHeartbeat(BEFORE, undefined, 0)).toBe(true);
    expect(lacksHeartbeat(BEFORE, facts(1), 7)).toBe(false);
    expect(lacksHeartbeat({ ...BEFORE, sends_heartbeats: false }, undefined, 0)).toBe(false);
  });
});
