import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { issueServerCertificate } from '../../../sandbox/controller/pki.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { fetchThroughVip } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { codeBlocks, readDocument, rowsIn, sectionOf } from '../../support/documents/documents.ts';
import { labLoadBalancer } from '../../support/haproxy/load-balancer.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

const TOUR = sectionOf(readDocument('README.md'), 'Drive it with curl');
const API = readDocument('docs/api.md');
const VIP = '10.0.1.100';
const MINUTE = 60_000;

/** The shell blocks of a section that send requests. */
const requestsIn = (section: string): string[] =>
  codeBlocks(section, 'sh').filter((block) => /^ask /m.test(block));

describe('the curl lines of the documents', () => {
  const nothing = sectionOf(API, 'A load balancer from nothing');
  const [definition = ''] = /^ask\(\) .*$/m.exec(TOUR) ?? [];
  const model = codeBlocks(nothing, 'json')[0] ?? '{}';
  const loadBalancer = String(JSON.parse(model).loadbalancer_id);
  const [memberLine = ''] = /^MEMBER=.*$/m.exec(sectionOf(API, 'Curl')) ?? [];
  const { world, amphora } = useAmphoraLab({ members: 2 });
  let macAddress: string;

  beforeAll(async () => {
    ({ macAddress } = await amphora.plugNic('vip'));
    await writeFile(path.join(world.directory, 'lb.json'), model);
    await writeFile(path.join(world.directory, '.curlrc'), 'fail-with-body\n');
  });

  /** Runs lines with the variables of the documents in one directory. @throws CommandFailed for a status of 400 or more */
  async function run(lines: string): Promise<string> {
    const script = [
      'set -eu',
      `cd ${world.directory}`,
      `D=${world.pki.directory} A=https://${amphora.address}:${amphora.port} MAC=${macAddress}`,
      `AMP=${amphora.id} LB=${loadBalancer}`,
      definition,
      lines,
    ];
    const { stdout } = await runProgram(['sh', '-c', script.join('\n')], {
      timeoutMs: MINUTE,
      env: { CURL_HOME: world.directory },
    });
    return stdout;
  }

  it('define the same function in the README and in docs/api.md', () => {
    expect(definition).not.toBe('');
    expect(sectionOf(API, 'Curl')).toContain(definition);
  });

  it('make a load balancer from nothing that serves', async () => {
    const [lines = ''] = requestsIn(nothing);
    expect(lines.trimEnd().split('\n')).toHaveLength(3);
    const answers = (await run(lines)).trimEnd().split('\n');
    expect(answers.map((answer) => JSON.parse(answer).message)).toEqual(['OK', 'OK', 'OK']);
    const served = await Promise.all(Array.from({ length: 6 }, () => fetchThroughVip(world.lab, VIP)));
    expect(new Set(served).size).toBe(2);
    expect(served).not.toContain(undefined);
  });

  it('read the model, change it and run it', async () => {
    const [, lines = ''] = requestsIn(nothing);
    expect(await run(lines)).toContain('"valid":true');
    expect(await run('ask $A/loadbalancer/$LB/haproxy')).toContain('maxconn 2000');
  });

  it('of the README show the state, change the configuration and run it', async () => {
    const [lines = ''] = requestsIn(TOUR);
    expect(lines.trimEnd().split('\n').length).toBeGreaterThan(5);
    const printed = await run(lines.replace('maxconn 1000/maxconn 2000', 'maxconn 2000/maxconn 3000'));
    expect(printed).toContain('"valid":true');
    expect(printed).toContain(`Listener ${loadBalancer} reloaded`);
    expect(await run('ask $A/loadbalancer/$LB/haproxy')).toContain('maxconn 3000');
    expect(await fetchThroughVip(world.lab, VIP)).toBeDefined();
  });

  it('in the table of docs/api.md are answered with success, each with its files', async () => {
    const lines = rowsIn(sectionOf(API, 'Curl')).flatMap(({ cells: [, requests = ''] }) =>
      [...requests.matchAll(/`(ask [^`]+)`/g)].map(([, line = '']) => line),
    );
    expect(lines.length).toBeGreaterThan(20);
    await writeFiles();
    const network = await amphora.plugNic('member');
    for (const line of lines) {
      const isPlugged = line.includes('/plug/vip/');
      const request = `${line.includes('$MEMBER') ? `${memberLine}\n` : ''}${line}`
        .replace('fa:16:3e:…', isPlugged ? macAddress : network.macAddress)
        .replace('LSN', LVS.listener)
        // a capture is answered after its time
        .replace('seconds=30', 'seconds=2');
      // the VIP was plugged above
      if (isPlugged) await expect(run(request)).rejects.toThrow('Interface already exists');
      else await expect(run(request), request).resolves.toBeDefined();
    }
  });

  /** The files that the lines of the table upload. */
  async function writeFiles(): Promise<void> {
    const inDirectory = (name: string): string => path.join(world.directory, name);
    // with a VIP of its own: keepalived takes over the VIPs that its configuration names
    const vrrp = keepalivedConfigText(labLoadBalancer(world, 110), {
      amphoraId: amphora.id,
      state: 'BACKUP',
      priority: 100,
      advertisementInterval: 1,
    });
    await writeFile(inDirectory('keepalived.conf'), vrrp);
    // without members, which need IPVS in the kernel
    await writeFile(inDirectory('lvs.conf'), lvsConfigText({ members: [] }));
    await writeFile(inDirectory('agent.conf'), await amphora.readText(AGENT_CONFIG_FILE));
    await copyFile(await issueServerCertificate(world.pki, 'www', []), inDirectory('web.pem'));
    const own = await issueServerCertificate(world.pki, amphora.id, [amphora.address]);
    await copyFile(own, inDirectory('server.pem'));
  }
});
