import { beforeEach, describe, expect, it } from 'vitest';
import type { OtherOwner } from '../../../../src/domain/drift/owner-probe.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { createLastLooks, type LastLooks } from '../../../../src/operations/drift/last-looks.ts';
import { VIP_OWNER_DRIFT } from '../../../../src/operations/drift/network/vip-owner-drift.ts';

const OTHER = { address: '10.0.0.10', macAddress: 'fa:16:3e:00:00:01' };
const VRRP = 'vrrp_instance x {\n  virtual_ipaddress {\n    10.0.0.10/32 dev eth1\n  }\n}\n';

let now: number;
let driftInterval: number;
let probes: (readonly string[])[];
let owners: readonly OtherOwner[];
let lastLooks: LastLooks;

beforeEach(() => {
  [now, driftInterval, probes, owners, lastLooks] = [0, 60, [], [], createLastLooks()];
});

const context = {
  drift: {
    now: () => now,
    get lastLooks() {
      return lastLooks;
    },
  },
  config: () => ({ driftInterval, interfaceFileFormat: 'json', agentServerNetworkDir: '/n' }),
  paths: createPaths({ basePath: '/b', baseCertDir: '/c', agentServerNetworkDir: '/n' }),
  host: {
    files: { exists: () => true, readText: (file: string) => (file.endsWith('.conf') ? VRRP : undefined) },
    addressProbe: {
      otherOwners: (_name: string, addresses: readonly string[]) => {
        probes.push(addresses);
        return owners;
      },
    },
  },
} as unknown as OperationContext;

const lookAt = async (seconds: number, lock?: string) => {
  now = seconds * 1000;
  return (await VIP_OWNER_DRIFT.observe(context, lock)).map(({ difference }) => difference);
};

describe('probes for a second owner of a VIP', () => {
  it('are sent in each third interval while nobody answers', async () => {
    for (const seconds of [2, 12, 12, 62, 122, 182, 192, 242]) expect(await lookAt(seconds)).toEqual([]);
    expect(probes).toEqual([['10.0.0.10'], ['10.0.0.10']]);
  });

  it('are repeated once by the second look after an answer, and not by the look under the lock', async () => {
    owners = [OTHER];
    for (const seconds of [2, 12, 12.1, 30])
      expect(await lookAt(seconds, seconds === 12.1 ? 'networks' : undefined)).toMatchObject([
        { kind: 'vip-owner', object: '10.0.0.10', seen: 'fa:16:3e:00:00:01 has it too', repair: undefined },
      ]);
    expect(probes).toHaveLength(2);
    owners = [];
    expect(await lookAt(72)).toEqual([]);
    expect(probes).toHaveLength(3);
  });

  it('count no answer that the second look does not get', async () => {
    owners = [OTHER];
    expect(await lookAt(2)).toHaveLength(1);
    owners = [];
    expect(await lookAt(12)).toEqual([]);
  });

  it('are sent after a change of the interval', async () => {
    await lookAt(2);
    driftInterval = 30;
    await lookAt(4);
    await lookAt(64);
    expect(probes).toHaveLength(2);
  });

  it('are not sent by a look at another object', async () => {
    expect(await lookAt(2, 'vrrp')).toEqual([]);
    expect(probes).toEqual([]);
  });
});
