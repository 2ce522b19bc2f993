import { describe, expect, it } from 'vitest';
import {
  causeOfEnd,
  childrenIn,
  judgeReload,
  judgeStart,
} from '../../../../src/domain/keepalived/keepalived-log.ts';

const BEGINNING = [
  'Starting Keepalived v2.2.7 (01/16,2022)',
  'Running on Linux 6.1.0 #1 SMP (built for Linux 5.19.11)',
  "Command line: '/usr/sbin/keepalived' '-n' '-l'",
  "              '-p' '/run/x.pid'",
  "Opening file '/var/lib/octavia/x.conf'.",
  'Configuration file /var/lib/octavia/x.conf',
  'NOTICE: setting config option max_auto_priority should result in better keepalived performance',
];
const timed = (lines: readonly string[]): string =>
  lines.map((line) => `Sat Nov  8 13:02:29 2026: ${line}\n`).join('');
const log = (...lines: string[]): string => timed([...BEGINNING, ...lines]);

describe('the log of a keepalived that was started', () => {
  it.each([
    ['pending', log()],
    ['pending', log('Starting Healthcheck child process, pid=7', 'Initializing ipvs')],
    ['ready', log('Starting VRRP child process, pid=7', 'Startup complete', '(vi) Entering BACKUP STATE')],
    ['ready', log('Warning - keepalived has no configuration to run')],
    ['pending', log('Startup complete', 'Stopped Keepalived v2.2.7 (01/16,2022)') + log()],
    ['ready', log('Stopped Keepalived v2.2.7 (01/16,2022)') + log('Startup complete')],
    ['silent', ''],
    ['silent', timed(['(vi) Entering MASTER STATE'])],
    ['silent', log().replace('v2.2.7', 'v2.1.5')],
    ['pending', log().replace('v2.2.7', 'v2.2.2')],
    ['pending', log().replace('v2.2.7', 'v10.0.0')],
  ])('says that it is %s', (progress, said) => {
    expect(judgeStart(said)).toBe(progress);
  });
});

describe('the log of a keepalived that was reloaded', () => {
  it.each([
    ['silent', ''],
    ['pending', timed(['Reloading ...', "Opening file 'x'.", 'Reloading'])],
    ['ready', timed(['Reloading ...', 'Reload complete'])],
    ['ready', timed(['Reloading ...', 'Starting VRRP child process, pid=7', 'Startup complete'])],
  ])('says that it is %s', (progress, said) => {
    expect(judgeReload(said)).toBe(progress);
  });
});

it('the log of a keepalived names its children', () => {
  const said = log('Starting Healthcheck child process, pid=28250', 'Starting VRRP child process, pid=28251');
  expect(childrenIn(said)).toEqual([28250, 28251]);
  expect(childrenIn('')).toEqual([]);
  expect(childrenIn('VRRP child process(1) died: Respawning\nStarting VRRP child process, pid=')).toEqual([]);
});

describe('the cause of the end of a keepalived', () => {
  const members = Array.from({ length: 300 }, (_, index) => `10.1.${Math.floor(index / 250)}.${index % 250}`);

  it('is reported before the lines about its members', () => {
    const said = log(
      'Starting Healthcheck child process, pid=28250',
      ...members.map(
        (member) => `Disabling misc script 'udp_check.sh' '${member}' '82' since not found/accessible`,
      ),
      'Initializing ipvs',
      "IPVS: Can't initialize ipvs: No such file or directory",
      ...members.map((member) => `Shutting down service [${member}]:udp:82 from VS [ipv4-group]:0`),
      'Stopped - used 0.011387 user time, 1.657266 system time',
      'pid 28250 exited with permanent error FATAL. Terminating',
      'CPU usage (self/children) user: 0.003455/0.011411 system: 0.017127/1.663518',
      'Stopped Keepalived v2.2.7 (01/16,2022)',
    );
    expect(causeOfEnd(said).split('\n')).toEqual([
      "IPVS: Can't initialize ipvs: No such file or directory",
      "Disabling misc script 'udp_check.sh' '10.1.0.0' '82' since not found/accessible",
      'pid 28250 exited with permanent error FATAL. Terminating',
    ]);
  });

  it('is read from the first start if its manager has started it again', () => {
    const said = log('Non-existent interface specified in configuration', 'Stopped - used 0.0 user time');
    expect(causeOfEnd(said + log())).toBe('Non-existent interface specified in configuration');
  });

  it('is found in the log of a reload', () => {
    const said = timed([
      'Reloading ...',
      "(/x.conf: Line 10) WARNING - interface eth9 for vrrp_instance vi doesn't exist",
      'Non-existent interface specified in configuration',
      '(vi) removing VIPs.',
      'Stopped - used 0.0 user time',
      'pid 7 exited with permanent error CONFIG. Terminating',
    ]);
    expect(causeOfEnd(said).split('\n')[0]).toBe('Non-existent interface specified in configuration');
  });

  it('is empty without output, and never longer than 8 KiB', () => {
    expect(causeOfEnd('')).toBe('');
    expect(causeOfEnd(log())).toBe('');
    const shapes = Array.from(
      { length: 2000 },
      (_, index) => `it is ${'x'.repeat(index % 200)} ${'y'.repeat(index)}`,
    );
    expect(causeOfEnd(log(...shapes)).length).toBe(8 * 1024);
  });
});
