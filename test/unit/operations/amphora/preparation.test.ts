import { pino } from 'pino';
import { expect, it } from 'vitest';
import { CommandFailed } from '../../../../src/errors.ts';
import type { Argv, CommandRunner } from '../../../../src/host/command.ts';
import type { Host } from '../../../../src/host/host.ts';
import { prepareKernel } from '../../../../src/operations/amphora/preparation.ts';

it('missing kernel modules and programs do not stop the other settings of an amphora', async () => {
  const ran: string[] = [];
  const commands: CommandRunner = {
    run(argv: Argv) {
      ran.push(argv.join(' '));
      const isMissing = argv[0].endsWith('/modprobe');
      if (!isMissing) return Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no such key', output: '' });
      const failure = { argv, exitCode: undefined, timedOut: false, output: '', reason: 'ENOENT' };
      return Promise.reject(new CommandFailed(failure));
    },
  };
  const lines: { msg: string; step: string }[] = [];
  const logger = pino({ level: 'info' }, { write: (text: string) => lines.push(JSON.parse(text)) });

  await prepareKernel({ host: { commands } as Host, logger });

  expect(ran[0]).toMatch(/modprobe --all ip_vs nf_conntrack$/);
  expect(ran.slice(1).join('\n')).toMatch(
    /^.* amphora-haproxy .*--system\n.* amphora-haproxy .*net\.ipv4\.vs\.conntrack=1.*\n.*nf_conntrack_max=500000.*$/,
  );
  expect(lines.map(({ msg, step }) => [msg, step])).toEqual([
    ['kernel settings left out', 'kernel modules, whose sysctls are set below'],
  ]);
});
