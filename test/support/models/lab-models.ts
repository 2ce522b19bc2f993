import { readFile } from 'node:fs/promises';
import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import type { AmphoraLab } from '../amphora/amphora-lab.ts';
import { listenerJson, memberJson, poolJson } from './models.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Returns the model of the HTTP listener of a lab's load balancer. @param fields that replace the default ones */
export const labListenerJson = (balancer: LoadBalancer, fields: Fields = {}): Fields =>
  listenerJson({
    listener_id: balancer.listenerId,
    protocol_port: balancer.port,
    // Octavia's default needs more file descriptors than an ordinary user has
    connection_limit: 1000,
    default_pool: poolJson({
      pool_id: balancer.poolId,
      members: balancer.members.map(({ id, address, port }) =>
        memberJson({ member_id: id, address, protocol_port: port }),
      ),
    }),
    ...fields,
  });

/** Returns the model of a lab's load balancer. @param listeners default: its HTTP listener */
export const labModel = (balancer: LoadBalancer, listeners = [labListenerJson(balancer)]): Fields => ({
  loadbalancer_id: balancer.id,
  vip_address: balancer.vips[0].address,
  additional_vips: balancer.vips.slice(1).map(({ address }) => ({ ip_address: address })),
  listeners,
});

/** Makes a TLS container with a new certificate for NAME.example.org. @param name of the files */
export async function tlsContainerJson(world: Pick<AmphoraLab, 'pki'>, name: string) {
  const { serverAuthority, directory } = world.pki;
  const commonName = `${name}.example.org`;
  const request = { name, commonName, purpose: 'server', alternativeNames: [`DNS:${commonName}`] } as const;
  const pem = await readFile(await issueCertificate(serverAuthority, directory, request), 'utf8');
  const block = (label: RegExp): string => label.exec(pem)?.[0] ?? '';
  return {
    id: name,
    primary_cn: commonName,
    certificate: block(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/),
    private_key: block(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/),
    passphrase: null,
    intermediates: [],
  };
}
