import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startLongRunning } from '../../sandbox/programs/long-running.ts';
import { LVS } from '../support/keepalived/lvs-examples.ts';
import type { AmphoraMachine, ImageLab } from './amphora-machines.ts';
import { report } from './figures.ts';
import {
  changeIpvs,
  confirmedItems,
  inOrder,
  itemsOfLooks,
  membersAt,
  noItems,
  orderRepair,
  quicklyCheckedText,
  type TimelessItem,
  timeless,
  withDrift,
} from './virtual-services.ts';

/** An amphora that serves the UDP listener LVS.listener and an SCTP listener. No check looks at their members. */
export interface LvsScene {
  readonly world: ImageLab;
  readonly amphora: AmphoraMachine;
  readonly vip: string;
  /** the other VIP of the UDP listener, and the only member for it */
  readonly v6: { readonly vip: string; readonly member: string };
  /** port of the members of the UDP listener, whose VIP has port 53 */
  readonly udpPort: number;
  readonly sctp: { readonly listener: string; readonly port: number };
  /** Calls a method of Octavia's own driver. */
  ask(method: string, ...args: unknown[]): Promise<void>;
  /** Whether the SCTP listener passes packets on. */
  takesAssociations(): Promise<boolean>;
}

const SOON_MS = 60_000;
/** seconds; the shortest drift_interval */
const SHORTEST_INTERVAL = 10;
const DEFAULT_INTERVAL = 60;
const LOOKS = 5;
/** a UDP listener with checks, the port of its VIP, and the port of its second member */
const CHECKED = { listener: randomUUID(), port: 54, memberPort: 83 };

/** Tests of drift of virtual services; they leave IPVS as it was. @param scene is called in the tests */
export function testVirtualServiceDrift(scene: () => LvsScene): void {
  const memberOf = (index: number, port: number) => ({
    ...{ id: randomUUID(), address: scene().world.members[index]?.address ?? '', port },
  });
  const setDrift = async (mode: 'report' | 'repair', seconds: number): Promise<void> =>
    scene().ask('update_agent_config', await withDrift(scene().amphora, mode, seconds));

  it('sees no drift of UDP and SCTP listeners, also while a check has taken a member out', async () => {
    const { world, amphora, vip, udpPort, ask } = scene();
    const members = [memberOf(0, udpPort), memberOf(1, CHECKED.memberPort)] as const;
    const [up, down] = members.map(({ address, port }) => `${address}:${port}`);
    const echo = ['socat', '-T1', `UDP4-RECVFROM:${CHECKED.memberPort},fork`, 'SYSTEM:echo'] as const;
    const server = await startLongRunning(['ip', 'netns', 'exec', world.members[1]?.name ?? '', ...echo]);
    const inIpvs = () => expect.poll(() => membersAt(amphora, CHECKED.port), { timeout: SOON_MS });
    try {
      const text = quicklyCheckedText(CHECKED.listener, vip, CHECKED.port, members);
      await ask('upload_udp_config', CHECKED.listener, text);
      await ask('start_listener', CHECKED.listener);
      await inIpvs().toEqual([up, down]);
      await setDrift('report', SHORTEST_INTERVAL);
      expect(await itemsOfLooks(amphora, LOOKS)).toEqual([]);
      expect(await membersAt(amphora, CHECKED.port)).toEqual([up, down]);
    } finally {
      await server.stop();
    }
    await inIpvs().toEqual([up]);
    expect(await itemsOfLooks(amphora, LOOKS)).toEqual([]);
    expect(await membersAt(amphora, CHECKED.port)).toEqual([up]);
    await ask('delete_listener', CHECKED.listener);
  });

  it('shows what somebody changed in IPVS, and repairs none of it', async () => {
    const { amphora, vip, v6, udpPort, sctp } = scene();
    const [kept, lost] = [memberOf(0, udpPort), memberOf(1, udpPort)];
    const [udpService, sctpService, stranger] = [`${vip}:53`, `${vip}:${sctp.port}`, `${kept.address}:9`];
    const damagedAt = await changeIpvs(amphora, [
      `-d -u ${udpService} -r ${lost.address}:${udpPort}`,
      `-d -u [${v6.vip}]:53 -r [${v6.member}]:${udpPort}`,
      `-D --sctp-service ${sctpService}`,
      `-a -u ${udpService} -r ${stranger} -m -w 0`,
    ]);
    const { items, checked_at } = await confirmedItems(amphora, 4);
    const seconds = (Date.parse(checked_at ?? '') - damagedAt) / 1000;
    report('change of IPVS by hand to its confirmed items of drift', seconds, 's');
    const item = (
      listener: string,
      wanted: string,
      seen: string,
      weight: 'fault' | 'note',
    ): TimelessItem => ({
      ...{ kind: 'virtual-services', object: `virtual services of octavia-keepalivedlvs-${listener}` },
      ...{ wanted, seen, weight, repair: null, repairs_last_hour: 0, gave_up: false },
    });
    const differences = inOrder([
      item(sctp.listener, `virtual service SCTP ${sctpService}`, 'no such virtual service', 'fault'),
      ...[
        `UDP ${udpService}: member ${lost.address}:${udpPort}`,
        `UDP [${v6.vip}]:53: member [${v6.member}]:${udpPort}`,
      ].map((wanted) => item(LVS.listener, wanted, 'no such member', 'fault')),
      item(LVS.listener, `UDP ${udpService}: only its own members`, `member ${stranger}`, 'note'),
    ]);
    expect(inOrder(timeless(items))).toEqual(differences);
    const ready = await amphora.controller.request({ method: 'GET', path: '/readyz' });
    expect(ready.status, ready.body).toBe(503);
    await setDrift('repair', SHORTEST_INTERVAL);
    expect(inOrder(await itemsOfLooks(amphora, LOOKS))).toEqual(differences);
    expect(await orderRepair(amphora)).toEqual(differences.map(() => 'virtual-services: report only'));
    expect(await membersAt(amphora, 53)).toEqual([`${kept.address}:${udpPort}`, stranger].toSorted());
    expect(await membersAt(amphora, sctp.port)).toEqual([]);
  });

  it('ends the items when IPVS is as before, by hand or by a reload', async () => {
    const { amphora, vip, v6, udpPort, sctp, ask, takesAssociations } = scene();
    await changeIpvs(amphora, [
      `-a -u ${vip}:53 -r ${memberOf(1, udpPort).address}:${udpPort} -m -w 13 -x 98`,
      `-a -u [${v6.vip}]:53 -r [${v6.member}]:${udpPort} -m -w 13 -x 98`,
      `-d -u ${vip}:53 -r ${memberOf(0, udpPort).address}:9`,
    ]);
    await noItems(amphora, LVS.listener);
    await ask('reload_listener', sctp.listener);
    await expect.poll(takesAssociations, { timeout: SOON_MS }).toBe(true);
    await noItems(amphora, '');
    expect(await itemsOfLooks(amphora, 2)).toEqual([]);
    await setDrift('report', DEFAULT_INTERVAL);
  });
}
