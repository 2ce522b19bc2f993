import path from 'node:path';
import pem from 'https-pem';
import { describe, expect, it } from 'vitest';
import { readHaproxyText } from '../../../../src/domain/haproxy/haproxy-text.ts';
import { loadBalancerId } from '../../../../src/domain/ids.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { MachineFacts } from '../../../../src/render/haproxy/machine.ts';
import { type RenderedHaproxy, renderHaproxy } from '../../../../src/render/haproxy/render-haproxy.ts';
import { parseListenerModel, parseLoadBalancerModel } from '../../../../src/schemas/models/parse.ts';
import { goldenModels } from '../../../support/models/golden-models.ts';
import {
  LISTENER,
  LOAD_BALANCER,
  listenerJson,
  loadBalancerJson,
  poolJson,
} from '../../../support/models/models.ts';
import { renderTemplate as template } from '../../../support/templates.ts';

const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});
const certificate = pem.cert.toString();
const container = { certificate, private_key: pem.key.toString() };
const settings = (id: string) => ({
  haproxy: paths.loadBalancer(loadBalancerId(id)),
  logSocket: '/run/rsyslog/octavia/log',
  userLogFacility: 0,
  administrativeLogFacility: 1,
  pingCommand: '/var/lib/octavia/ping-wrapper.sh',
});
const render = (json: unknown, machine?: MachineFacts): RenderedHaproxy =>
  renderHaproxy(template, parseLoadBalancerModel(json), { ...settings(LOAD_BALANCER), machine });

describe('a rendered configuration', () => {
  it.each([...goldenModels(container, certificate)])('equals its golden file: %s', async (name, json) => {
    const { text } = render(json);
    const golden = path.resolve(import.meta.dirname, `../../../golden/haproxy/${name}.cfg`);
    // the certificates are new on every machine
    await expect(text.replaceAll(/\b[0-9a-f]{40}\.pem/g, 'CERTIFICATE.pem')).toMatchFileSnapshot(golden);
  });

  it('of a tuned amphora has threads on processors of their own and a TLS session cache that fits the memory', async () => {
    const json = goldenModels(container, certificate).get('client-authentication');
    const { text } = render(json, {
      memoryKib: 1_000_000,
      cpuCount: 4,
      tunedProfiles: 'virtual-guest amphora',
      tlsCacheMib: 512,
    });
    const golden = path.resolve(import.meta.dirname, '../../../golden/haproxy/tuned-amphora.cfg');
    await expect(text.replaceAll(/\b[0-9a-f]{40}\.pem/g, 'CERTIFICATE.pem')).toMatchFileSnapshot(golden);
  });

  it('has no size of the TLS session cache if no enabled listener terminates TLS', () => {
    const machine = { memoryKib: 4_000_000, cpuCount: 1, tunedProfiles: '', tlsCacheMib: 512 };
    const tls = { protocol: 'TERMINATED_HTTPS', default_tls_container_data: container };
    const enabled = loadBalancerJson({ listeners: [listenerJson(tls)] });
    expect(render(enabled, machine).text).toContain('tune.ssl.cachesize');
    const disabled = loadBalancerJson({ listeners: [listenerJson({ ...tls, admin_state_up: false })] });
    expect(render(disabled, machine).text).not.toContain('tune.ssl.cachesize');
    expect(render(loadBalancerJson({ listeners: [listenerJson()] }), machine).text).not.toContain(
      'tune.ssl.cachesize',
    );
  });

  it("is read by the parser of controllers' configurations", () => {
    const json = goldenModels(container, certificate).get('everything-else');
    expect(readHaproxyText(render(json).text)).toEqual({
      listeners: [
        { id: LISTENER, type: 'HTTP' },
        { id: LISTENER.replace(/0$/, '1'), type: 'TERMINATED_HTTPS' },
        { id: LISTENER.replace(/0$/, '2'), type: 'TCP' },
      ],
      vips: ['10.0.1.100', '2001:db8::100'],
      statsSocket: `/var/lib/octavia/${LOAD_BALANCER}.sock`,
      hasMetricsListener: false,
    });
  });

  it('of one listener has its own paths', () => {
    const model = parseListenerModel({
      ...listenerJson({ loadbalancer_id: LOAD_BALANCER }),
      vip_address: '10.0.1.100',
    });
    const { text } = renderHaproxy(template, model, settings(LISTENER));
    expect(readHaproxyText(text)).toMatchObject({
      listeners: [{ id: LISTENER }],
      statsSocket: `/var/lib/octavia/${LISTENER}.sock`,
    });
    expect(text).toContain(` ${LOAD_BALANCER} %f `);
  });

  it.each([
    [99, '99ms'],
    [100, '100'],
  ])('has a time of %i ms as %s', (time, shown) => {
    const times = { timeout_client_data: time, timeout_member_connect: time, timeout_member_data: time };
    const { text } = render(
      loadBalancerJson({ listeners: [listenerJson({ ...times, default_pool: poolJson() })] }),
    );
    for (const name of ['client', 'connect', 'server'])
      expect(text).toContain(`\n    timeout ${name} ${shown}\n`);
  });

  it('leaves UDP and SCTP listeners to keepalived', () => {
    const udp = listenerJson({ protocol: 'UDP', default_pool: undefined });
    expect(readHaproxyText(render(loadBalancerJson({ listeners: [udp] })).text).listeners).toEqual([]);
  });

  it('has its certificates and the list of the listener, named by their content', () => {
    const tls = { protocol: 'TERMINATED_HTTPS', default_tls_container_data: container };
    const { certificates } = render(loadBalancerJson({ listeners: [listenerJson(tls)] }));
    const [file, list] = certificates;
    expect(list?.pem).toBe(`/var/lib/octavia/certs/${LOAD_BALANCER}/${file?.file}\n`);
    for (const { file: name } of certificates) expect(name).toMatch(/^[0-9a-f]{40}\.pem$/);
    expect(file?.pem).toMatch(/^-----BEGIN CERTIFICATE-----[\s\S]+-----BEGIN PRIVATE KEY-----[\s\S]+\n$/);
  });
});
