import { describe, expect, it } from 'vitest';
import { fleetOf } from '../../../../src/commands/ctl/fleet/fleet.ts';
import { failureOf, UsageFault } from '../../../../src/commands/ctl/outcome.ts';
import { AgentRefused, UnusableAnswer } from '../../../../src/commands/ctl/refusals.ts';
import { portOf, targetOf } from '../../../../src/commands/ctl/target-options.ts';
import { AgentUnreachable, InvalidTarget } from '../../../../src/host/agent/agent-errors.ts';

describe('the exit code of a failure', () => {
  it.each([
    [1, new AgentRefused('a', '404 no', 404)],
    [1, new UnusableAnswer('a', 'x: wrong')],
    [1, Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })],
    [2, new UsageFault('--port: wrong')],
    [2, new InvalidTarget('--cert x: no file')],
    [3, new AgentUnreachable('a', 'nothing listens')],
  ])('is %i for %s', (code, error) => {
    expect(failureOf(error)).toEqual({ exitCode: code, message: `Error: ${error.message}\n` });
  });

  it('is thrown on for a defect of the program', () => {
    expect(() => failureOf(new TypeError('undefined is not a function'))).toThrow(TypeError);
  });

  it('has a message without control characters', () => {
    expect(failureOf(new AgentRefused('a', 'one\n\u001b[2Jtwo', 500)).message).toBe(
      'Error: a: one\n[2Jtwo\n',
    );
  });
});

describe('the options that name an agent', () => {
  it.each(['0', '65536', 'x', '-1', ''])('have no port %j', (port) => {
    expect(() => portOf(port)).toThrow(UsageFault);
  });

  it('have port 9443 by default', () => {
    expect([portOf(undefined), portOf('8443')]).toEqual([9443, 8443]);
  });

  it.each([
    [{ host: 'h' }, '--host needs --cert and --cacert'],
    [{ host: '', cert: 'c', cacert: 'a' }, '--host: is empty'],
    [{ host: 'h', cert: 'c', cacert: 'a', amphora: 'x' }, '--amphora: must be a UUID'],
    [{ host: 'h', cert: 'c', cacert: 'a', port: 'x' }, '--port: must be a number'],
    [{ host: 'h', cert: '/nowhere.pem', cacert: 'a' }, '--cert /nowhere.pem: ENOENT'],
    [{ cert: 'c', port: '1' }, '--port, --cert: only with --host'],
    [{ hosts: 'f' }, '--hosts: only with status, drift, diagnostics and upgrade'],
    [{}, "/nowhere.conf: can't read it"],
  ])('are refused as %j', async (options, message) => {
    await expect(targetOf(options, '/nowhere.conf')).rejects.toThrow(message);
  });
});

describe('the options that name a fleet', () => {
  it.each([
    [{ host: 'h', amphora: 'x' }, '--host, --amphora: not with --hosts'],
    [{ cert: 'c' }, '--hosts needs --cert and --cacert'],
    [{ cert: 'c', cacert: 'a', port: 'x' }, '--port: must be a number'],
    [{ cert: '/nowhere.pem', cacert: 'a' }, '--cert /nowhere.pem: ENOENT'],
  ])('are refused as %j', async (options, message) => {
    await expect(fleetOf({ hosts: 'f', parallel: 1, ...options })).rejects.toThrow(message);
  });
});
