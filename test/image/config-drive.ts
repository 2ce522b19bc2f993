import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../sandbox/programs/programs.ts';

/** A file that nova puts into the instance. */
export interface InjectedFile {
  readonly path: string;
  readonly content: string | Buffer;
}

export interface Instance {
  readonly id: string;
  readonly macAddress: string;
  /** in OpenSSH's format */
  readonly publicKey: string;
  readonly files: readonly InjectedFile[];
}

/**
 * Makes a config drive as nova does (docs.openstack.org/nova, "Config drives"): ISO 9660 with the label config-2.
 * @param directory an empty one
 * @returns the image's path
 */
export async function createConfigDrive(directory: string, instance: Instance): Promise<string> {
  const latest = path.join(directory, 'openstack/latest');
  const contents = path.join(directory, 'openstack/content');
  await mkdir(latest, { recursive: true });
  await mkdir(contents);
  const files: { path: string; content_path: string }[] = [];
  for (const file of instance.files) {
    const name = String(files.length).padStart(4, '0');
    await writeFile(path.join(contents, name), file.content);
    files.push({ path: file.path, content_path: `/content/${name}` });
  }
  const name = `amphora-${instance.id}`;
  const metadata = {
    uuid: instance.id,
    name,
    hostname: name,
    public_keys: { key: instance.publicKey },
    files,
  };
  await writeFile(path.join(latest, 'meta_data.json'), JSON.stringify(metadata));
  await writeFile(path.join(latest, 'network_data.json'), JSON.stringify(networkData(instance.macAddress)));
  const image = `${directory}.iso`;
  const format = ['-as', 'mkisofs', '-quiet', '-V', 'config-2', '-J', '-R'];
  await runProgram(['xorriso', ...format, '-o', image, directory]);
  return image;
}

/** One interface whose subnet has DHCP, as lb-mgmt-net is. */
const networkData = (macAddress: string): object => ({
  links: [{ id: 'tap0', type: 'ovs', ethernet_mac_address: macAddress, mtu: 1500, vif_id: 'port' }],
  networks: [{ id: 'network0', type: 'ipv4_dhcp', link: 'tap0', network_id: 'lb-mgmt-net' }],
  services: [],
});
