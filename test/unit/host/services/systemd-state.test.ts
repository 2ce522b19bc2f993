import { describe, expect, it } from 'vitest';
import type { CommandRunner } from '../../../../src/host/command.ts';
import { createFiles } from '../../../../src/host/files.ts';
import type { ServiceState } from '../../../../src/host/services/services.ts';
import { createSystemdServices } from '../../../../src/host/services/systemd.ts';

const stateOf = (shown: string): Promise<ServiceState> => {
  const commands: CommandRunner = {
    run: () => Promise.resolve({ stdout: shown, output: shown, exitCode: 0 }),
  };
  return createSystemdServices(commands, createFiles()).state('haproxy-lb');
};

describe('the state of a unit of systemd', () => {
  it.each<[string, string, ServiceState]>([
    ['runs', 'MainPID=7\nActiveState=active\n', { status: 'active', mainPid: 7 }],
    [
      'runs while its stop waits',
      'MainPID=7\nActiveState=active\nJob=12\n',
      { status: 'active', mainPid: 7 },
    ],
    ['is stopped', 'MainPID=0\nActiveState=inactive\n', { status: 'inactive', mainPid: undefined }],
    [
      'is stopped while its start waits for another unit',
      'MainPID=0\nActiveState=inactive\nJob=12\n',
      { status: 'inactive', mainPid: undefined, isStartQueued: true },
    ],
  ])('says that it %s', async (_name, shown, state) => {
    expect(await stateOf(shown)).toEqual(state);
  });
});
