import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Model } from './model.ts';
import { OK, okWith, type Step, step } from './steps.ts';

const CERTIFICATE = 'c6a1bb8b25ca9a2e8c2ae8f2a3d5c9f0e2b3a4d5.pem';
/** no agent looks into it: haproxy does */
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const noLoadBalancer = (id: string) => ({
  message: 'Loadbalancer Not Found',
  details: `No loadbalancer with UUID: ${id}`,
});
const refused = (details: unknown) => ({ message: 'Invalid request', details });
const BROKEN = 'frontend x\n  bogus\n';
const complaint = refused(expect.stringContaining("unknown keyword 'bogus'"));
const isEmpty = refused('the keepalived configuration is empty');
const unknownAction = { message: 'Invalid Request', details: 'Unknown action: frob' };

export function certificateSteps({ loadBalancer }: Model): Step[] {
  const of = (method: string, ...more: readonly unknown[]) =>
    [method, loadBalancer, CERTIFICATE, ...more] as const;
  const md5sum = createHash('md5').update(PEM).digest('hex');
  const absent = {
    message: 'Certificate Not Found',
    details: `No certificate with filename: ${CERTIFICATE}`,
  };
  const wrongName = { message: 'Filename has wrong format' };
  return [
    step('get_cert_md5sum before the upload, ignoring that', of('get_cert_md5sum', [404]), 404, absent, {
      raised: undefined,
    }),
    step('get_cert_md5sum before the upload', of('get_cert_md5sum'), 404, absent),
    step('upload_cert_pem', of('upload_cert_pem', PEM), 200, OK),
    step('get_cert_md5sum', of('get_cert_md5sum'), 200, { md5sum }),
    step('upload_cert_pem again', of('upload_cert_pem', PEM), 200, OK),
    step(
      'upload_cert_pem under another kind of name',
      ['upload_cert_pem', loadBalancer, 'web.key', PEM],
      400,
      wrongName,
    ),
    step(
      'delete_cert_pem of another kind of name',
      ['delete_cert_pem', loadBalancer, 'web.key'],
      400,
      wrongName,
    ),
    step(
      'upload_cert_pem under a name that goes on after .pem',
      ['upload_cert_pem', loadBalancer, 'web.pem.key', PEM],
      400,
      wrongName,
    ),
    step('delete_cert_pem', of('delete_cert_pem'), 200, OK),
    step('delete_cert_pem again', of('delete_cert_pem'), 200, OK),
  ];
}

export function haproxySteps({ loadBalancer, listener, unknown, configs }: Model): Step[] {
  const act = (action: string, id = loadBalancer) => ['put', `loadbalancer/${id}/${action}`] as const;
  const started = okWith(`Configuration file is valid\nhaproxy daemon for ${loadBalancer} started`);
  const reloaded = okWith(`Listener ${loadBalancer} reloaded`);
  return [
    step(
      'start_listener of an unknown load balancer',
      ['start_listener', unknown],
      404,
      noLoadBalancer(unknown),
    ),
    step(
      'start_listener of an id that is no UUID',
      ['start_listener', 'nobody'],
      400,
      refused(expect.stringContaining('"nobody" is not a UUID')),
    ),
    step('reload_listener of an unknown one', ['reload_listener', unknown], 404, noLoadBalancer(unknown)),
    step(
      'get loadbalancer/LB/haproxy of an unknown one',
      ['get', `loadbalancer/${unknown}/haproxy`],
      404,
      noLoadBalancer(unknown),
    ),
    step('upload_config that haproxy refuses', ['upload_config', unknown, BROKEN], 400, complaint),
    step('upload_config', ['upload_config', loadBalancer, configs.haproxy], 202, OK),
    step(
      'get loadbalancer/LB/haproxy',
      ['get', `loadbalancer/${loadBalancer}/haproxy`],
      200,
      configs.haproxy,
    ),
    step('get_all_listeners after the upload', ['get_all_listeners'], 200, [
      { status: 'ACTIVE', uuid: listener, type: 'HTTP' },
    ]),
    step('reload_listener before the start', ['reload_listener', loadBalancer], 202, started),
    step('put loadbalancer/LB/stop', act('stop'), 202, okWith(`Listener ${loadBalancer} stoped`)),
    step('put loadbalancer/LB/stop again', act('stop'), 202, okWith(`Listener ${loadBalancer} stoped`)),
    step('start_listener', ['start_listener', loadBalancer], 202, started),
    step('start_listener again', ['start_listener', loadBalancer], 202, started),
    step('upload_config again', ['upload_config', loadBalancer, configs.haproxy], 202, OK),
    step('reload_listener', ['reload_listener', loadBalancer], 202, reloaded),
    step('put loadbalancer/LB/frob', act('frob'), 400, unknownAction),
    step('put loadbalancer/LB/frob of an unknown one', act('frob', unknown), 400, unknownAction),
    step(
      'upload_config that haproxy refuses, of one that runs',
      ['upload_config', loadBalancer, BROKEN],
      400,
      complaint,
    ),
  ];
}

/** The steps until a UDP listener runs beside the load balancer. */
export function udpStartSteps({ udpListener, listener, unknown, configs }: Model): Step[] {
  const done = (word: string) => okWith(`keepalivedlvs listener ${udpListener} ${word}`);
  const listed = (status: string) => [
    { status: 'ACTIVE', uuid: listener, type: 'HTTP' },
    { status, uuid: udpListener, type: 'UDP' },
  ];
  return [
    step(
      'get listeners/LSN/udp_listener of an unknown one',
      ['get', `listeners/${unknown}/udp_listener`],
      404,
      {
        message: 'UDP Listener Not Found',
        details: `No UDP listener with UUID: ${unknown}`,
      },
    ),
    step('upload_udp_config of nothing', ['upload_udp_config', udpListener, ''], 400, isEmpty),
    step(
      'upload_udp_config that ends too early',
      ['upload_udp_config', udpListener, configs.lvs.slice(0, configs.lvs.lastIndexOf('}'))],
      400,
      refused(expect.stringContaining("missing '}'s")),
    ),
    step('upload_udp_config', ['upload_udp_config', udpListener, configs.lvs], 200, OK),
    step(
      'get listeners/LSN/udp_listener',
      ['get', `listeners/${udpListener}/udp_listener`],
      200,
      configs.lvs,
    ),
    step(
      'upload_udp_config without members',
      ['upload_udp_config', udpListener, configs.lvsWithoutMembers],
      200,
      OK,
    ),
    step(
      'get_all_listeners before the start of the UDP listener',
      ['get_all_listeners'],
      200,
      listed('OFFLINE'),
    ),
    step('start_listener of UDP', ['start_listener', udpListener], 202, done('started')),
    step('get_all_listeners with UDP', ['get_all_listeners'], 200, listed('ACTIVE')),
  ];
}

export function udpEndSteps({ udpListener, loadBalancer, listener, unknown, configs }: Model): Step[] {
  const done = (word: string) => okWith(`keepalivedlvs listener ${udpListener} ${word}`);
  return [
    step('start_listener of UDP again', ['start_listener', udpListener], 202, done('started')),
    step('upload_udp_config again', ['upload_udp_config', udpListener, configs.lvsWithoutMembers], 200, OK),
    step('reload_listener of UDP', ['reload_listener', udpListener], 202, done('restarted')),
    step(
      'get_details with UDP',
      ['get_details'],
      200,
      expect.objectContaining({
        haproxy_count: 1,
        lvs_listener_process_count: 1,
        listeners: [listener, udpListener].sort(),
      }),
    ),
    step(
      'put loadbalancer/LSN/stop of UDP',
      ['put', `loadbalancer/${udpListener}/stop`],
      202,
      done('stoped'),
    ),
    step('delete_listener of UDP, stopped', ['delete_listener', udpListener], 200, OK),
    step('delete_listener of UDP again', ['delete_listener', udpListener], 200, OK),
    step('delete_listener of an unknown one', ['delete_listener', unknown], 200, OK),
    step(
      'reload_listener of the load balancer beside it',
      ['reload_listener', loadBalancer],
      202,
      okWith(`Listener ${loadBalancer} reloaded`),
    ),
  ];
}

export function vrrpSteps({ configs }: Model): Step[] {
  const done = (word: string) => okWith(`keepalived ${word}`);
  return [
    step('start_vrrp before the upload', ['start_vrrp'], 500, {
      message: 'Failed to start octavia-keepalived service',
      details: expect.any(String),
    }),
    step('upload_vrrp_config of nothing', ['upload_vrrp_config', ''], 400, isEmpty),
    step('upload_vrrp_config', ['upload_vrrp_config', configs.keepalived], 200, OK),
    step('start_vrrp', ['start_vrrp'], 202, done('started')),
    step('start_vrrp again', ['start_vrrp'], 202, done('reloaded')),
    step('upload_vrrp_config again', ['upload_vrrp_config', configs.keepalived], 200, OK),
    step('reload_vrrp', ['reload_vrrp'], 202, done('reloaded')),
    step('stop_vrrp', ['stop_vrrp'], 202, done('stoped')),
    step('stop_vrrp again', ['stop_vrrp'], 202, done('stoped')),
    step('put vrrp/frob', ['put', 'vrrp/frob'], 400, unknownAction),
  ];
}

export function deletionSteps({ loadBalancer }: Model): Step[] {
  return [
    step('delete_listener, running as it is', ['delete_listener', loadBalancer], 200, OK),
    step('delete_listener again', ['delete_listener', loadBalancer], 200, OK),
    step('get_all_listeners after that', ['get_all_listeners'], 200, []),
    step('start_listener after that', ['start_listener', loadBalancer], 404, noLoadBalancer(loadBalancer)),
  ];
}
