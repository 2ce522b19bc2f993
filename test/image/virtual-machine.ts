import { access } from 'node:fs/promises';
import path from 'node:path';
import { startLongRunning, until } from '../../sandbox/programs/long-running.ts';
import { runProgram } from '../../sandbox/programs/programs.ts';
import type { Argv } from '../../src/host/command.ts';
import { openQmp } from './qmp.ts';

/** A machine of QEMU without hardware acceleration, whose interfaces are on bridges of this network namespace. */
export interface VirtualMachine {
  /** Date.now() when QEMU was started, or the machine last rebooted */
  startedAt(): number;
  /** Plugs an interface into the running machine, as nova does. */
  plugNic(bridge: string, macAddress: string): Promise<void>;
  /** Resets the machine without a shutdown, as `openstack server reboot --hard` does. */
  reboot(): Promise<void>;
  /** the output on its serial console */
  console(): string;
  /** Powers the machine off. It may be called once. */
  close(): Promise<void>;
}

export interface MachineSettings {
  /** at most 8 characters */
  readonly name: string;
  /** an existing directory for its sockets */
  readonly directory: string;
  /** a disk image that is never written to */
  readonly disk: string;
  readonly configDrive: string;
  readonly bridge: string;
  readonly macAddress: string;
}

const MEMORY_MIB = 1024;
const QMP_MS = 10_000;

export async function startVirtualMachine(settings: MachineSettings): Promise<VirtualMachine> {
  const { name, directory } = settings;
  const socket = path.join(directory, `${name}.qmp`);
  let [nics, isClosed] = [0, false];
  const addTap = async (bridge: string): Promise<string> => {
    const tap = `${name}-${nics++}`;
    await runProgram(['ip', 'tuntap', 'add', tap, 'mode', 'tap']);
    await runProgram(['ip', 'link', 'set', tap, 'master', bridge, 'up']);
    return tap;
  };
  let startedAt = Date.now();
  const qemu = await startLongRunning(qemuCommand(settings, await addTap(settings.bridge), socket));
  await until(() => exists(socket), QMP_MS, 'QEMU');
  const qmp = await openQmp(socket);
  return {
    startedAt: () => startedAt,
    console: qemu.output,
    async plugNic(bridge, macAddress) {
      const id = `net${nics}`;
      const ifname = await addTap(bridge);
      await qmp.ask('netdev_add', { type: 'tap', id, ifname, script: 'no', downscript: 'no' });
      await qmp.ask('device_add', { driver: 'virtio-net-pci', id: `nic-${id}`, netdev: id, mac: macAddress });
    },
    async reboot() {
      startedAt = Date.now();
      await qmp.ask('system_reset');
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      qmp.close();
      qemu.signal('SIGKILL');
      await qemu.ended();
      for (let nic = 0; nic < nics; nic += 1) await runProgram(['ip', 'link', 'del', `${name}-${nic}`]);
    },
  };
}

/** -cpu qemu64 is the fastest one that QEMU can emulate. */
const qemuCommand = (settings: MachineSettings, tap: string, socket: string): Argv => [
  ...(['qemu-system-x86_64', '-machine', 'pc', '-accel', 'tcg,thread=multi', '-cpu', 'qemu64'] as const),
  ...['-m', `${MEMORY_MIB}`, '-smp', '2', '-display', 'none', '-nodefaults', '-serial', 'stdio'],
  ...['-qmp', `unix:${socket},server=on,wait=off`, '-device', 'virtio-rng-pci'],
  ...['-drive', `file=${settings.disk},if=virtio,format=qcow2,snapshot=on`],
  ...['-drive', `file=${settings.configDrive},if=virtio,format=raw,readonly=on`],
  ...['-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`],
  ...['-device', `virtio-net-pci,netdev=net0,mac=${settings.macAddress}`],
];

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
