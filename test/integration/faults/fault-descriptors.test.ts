import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { FIRST_RETRIES } from '../../support/amphora/fault-lab.ts';
import { useFaultLab } from '../../support/amphora/use-lab.ts';
import { looksOf } from '../../support/health/looks.ts';

/** The number of free descriptors: enough to write a file, too few to start a program. */
const SPARE = 1;

const lab = useFaultLab();

/** Returns the limit below which that many descriptors are free. */
function lowestLimit(open: ReadonlySet<number>): number {
  let [files, free] = [0, 0];
  for (; free < SPARE; files += 1) free += Number(!open.has(files));
  return files;
}

describe('an agent without file descriptors', () => {
  const agent = (): number => {
    const pid = lab.amphora.agentPid();
    if (pid === undefined) throw new Error('the agent does not run');
    return pid;
  };
  /** Sets the soft limit only: it can be raised again. */
  const limit = (files: number) => runProgram(['prlimit', '--pid', `${agent()}`, `--nofile=${files}:`]);
  const softLimit = async (): Promise<number> =>
    Number(/^Max open files +(\d+)/m.exec(await readFile(`/proc/${agent()}/limits`, 'utf8'))?.[1]);
  let before: number;
  let pid: number;

  beforeAll(async () => {
    const config = await lab.amphora.readText(AGENT_CONFIG_FILE);
    const text = config.replace('[amphora_agent]', '[amphora_agent]\nagent_member_metrics = True');
    expect((await lab.ask('PUT', '/1.0/config', { text })).status).toBe(202);
    // an installed agent has its whole code in one file; this one reads each module when it is asked for
    await looksOf(lab);
    [before, pid] = [await softLimit(), agent()];
    const open = new Set((await readdir(`/proc/${agent()}/fd`)).map(Number));
    await limit(lowestLimit(open));
  });

  it('reports the lack, stores nothing, and goes on with its heartbeats', async () => {
    const { amphora, world, troubled, upload } = lab;
    const { status, json } = await upload(troubled, 9);
    expect(status).toBe(500);
    expect(json).toMatchObject({ details: expect.stringContaining('EMFILE') });
    await world.healthManager.next(({ id }) => id === amphora.id);
    const stored = await amphora.readText(`/var/lib/octavia/${troubled.id}/haproxy.cfg`);
    expect(stored).toContain(`retries ${FIRST_RETRIES}\n`);
    expect(agent()).toBe(pid);
  });

  it('names what it cannot look at, and answers each look', async () => {
    const { readyz, command, metrics, members, status } = await looksOf(lab);
    const reason = /can't be read: .*EMFILE.*: the agent has no file descriptors left: restart/;
    expect(readyz).toMatchObject({ status: 503, body: expect.stringMatching(reason) });
    expect(command).toMatchObject({ exitCode: 1, output: expect.stringMatching(reason) });
    expect(metrics).toMatchObject({
      status: 200,
      body: expect.stringMatching(/^amphora_agent_ready 0$/m),
    });
    expect(members).toMatchObject({ status: 200, body: expect.stringMatching(/# EOF\n$/) });
    expect(status).toMatchObject({ status: 200, json: { ready: false } });
    expect(String(JSON.stringify(status.json))).toMatch(reason);
  });

  it('recovers when its limit is raised', async () => {
    const { steady, troubled, upload, act, beatOf } = lab;
    await limit(before);
    await beatOf(steady, troubled);
    expect((await upload(troubled, 8)).status).toBe(202);
    expect((await act(troubled, 'reload')).status).toBe(202);
    expect(agent()).toBe(pid);
  });
});
