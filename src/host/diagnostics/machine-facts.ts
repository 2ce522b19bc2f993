/** Facts of the machine by name, in the form of systeminformation. */
export type MachineFacts = Readonly<Record<string, unknown>>;

/**
 * Returns facts of the machine: hardware, memory, disks, load. systeminformation runs programs such as lscpu and lsblk for
 * them. A fact that can't be had is an error text. Its osInfo() is left out: it looks up the name of the host, which takes
 * seconds when no name server answers.
 */
export async function machineFacts(): Promise<MachineFacts> {
  const { default: information } = await import('systeminformation');
  const facts = {
    system: information.system(),
    cpu: information.cpu(),
    memory: information.mem(),
    fileSystems: information.fsSize(),
    blockDevices: information.blockDevices(),
    disks: information.disksIO(),
    load: information.currentLoad(),
    time: Promise.resolve(information.time()),
  };
  const entries = Object.entries(facts).map(
    async ([name, fact]) => [name, await fact.catch(String)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
