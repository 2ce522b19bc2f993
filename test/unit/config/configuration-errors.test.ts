import { describe, expect, it } from 'vitest';
import { unreadableConfiguration, unreadableFile } from '../../../src/config/configuration-errors.ts';

describe('a file that cannot be read', () => {
  it.each([
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'no such file'],
    [undefined, 'no such file'],
    [Object.assign(new Error('x'), { code: 'EACCES' }), 'permission denied'],
    [Object.assign(new Error('x'), { code: 'EISDIR' }), 'is a directory'],
    [Object.assign(new Error('input/output error'), { code: 'EIO' }), 'input/output error'],
  ])('is named with the option that names it and the reason', (error, reason) => {
    expect(unreadableFile('agent.conf', 'agentServerCert', '/c/server.pem', error).message).toBe(
      `agent.conf: [amphora_agent] agent_server_cert: can't read /c/server.pem: ${reason}`,
    );
    expect(unreadableConfiguration('agent.conf', error).message).toBe(`agent.conf: can't read it: ${reason}`);
  });
});
