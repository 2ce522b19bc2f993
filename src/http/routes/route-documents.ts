import type { z } from 'zod';
import {
  detailsAnswer,
  infoAnswer,
  interfaceAnswer,
  listenerAnswer,
  listenersAnswer,
  md5Answer,
} from '../../schemas/answers.ts';
import { firewallRulesBody } from '../../schemas/firewall-rules.ts';
import { plugVipBody } from '../../schemas/plug.ts';
import { plugNetworkBody } from '../../schemas/plug-network.ts';
import type { ModelName } from '../json-schema.ts';
import type { Route } from './route.ts';

/** What the OpenAPI document says of a route beyond the table of routes. */
export interface RouteDocument {
  readonly summary: string;
  /** what a request carries: a configuration or certificate as text, or JSON; nothing unless said */
  readonly body?: 'text' | z.ZodType;
  /** the largest body in bytes, where it is less than that of a configuration */
  readonly mostBytes?: number;
  /** what a request may carry, or an answer, in JSON instead of a text */
  readonly model?: ModelName;
  /** status of success: 200 unless said */
  readonly success?: 200 | 202;
  /** what a success answers: `{"message":"OK"}` unless said */
  readonly answer?: 'text' | z.ZodType;
  /** an answer names the md5 of the content in its ETag */
  readonly etag?: true;
  /** statuses of failures beside 400, 413 (with a body) and 500, which every route may give */
  readonly failures?: readonly (404 | 406 | 409)[];
}

const haproxyUpload = (model: ModelName): RouteDocument => ({
  summary: "Check and store haproxy's configuration, or the one that a model gives",
  body: 'text',
  model,
  success: 202,
  etag: true,
});
const haproxyConfig = (model: ModelName): RouteDocument => ({
  summary:
    "Read haproxy's stored configuration, or the model that it was rendered from, without private keys",
  answer: 'text',
  model,
  etag: true,
  failures: [404, 406],
});
const HAPROXY_ACTION: RouteDocument = {
  summary: 'Start, stop or reload what serves a load balancer or listener',
  success: 202,
  failures: [404],
};
const CERTIFICATE_UPLOAD: RouteDocument = { summary: 'Store a certificate', body: 'text', etag: true };
const CERTIFICATE: RouteDocument = {
  summary: 'The md5 of a certificate',
  answer: md5Answer,
  etag: true,
  failures: [404],
};
const CERTIFICATE_REMOVAL: RouteDocument = { summary: 'Remove a certificate, if it is there' };

const OWN_FILE = { body: 'text', mostBytes: 1024 * 1024, success: 202 } as const;

/** By method and path, parameters as `*`: their names are the table's affair. */
const DOCUMENTS: Readonly<Record<string, RouteDocument>> = {
  'GET /info': { summary: 'Versions of the software', answer: infoAnswer },
  'GET /details': { summary: 'State of the amphora', answer: detailsAnswer },
  'GET /listeners': { summary: 'All listeners', answer: listenersAnswer },
  'GET /listeners/*': { summary: 'One listener with its pools', answer: listenerAnswer, failures: [404] },
  'DELETE /listeners/*': { summary: 'Remove a load balancer or a listener, if it is there' },
  'PUT /loadbalancer/*/*/haproxy': haproxyUpload('LoadBalancerModel'),
  'GET /loadbalancer/*/haproxy': haproxyConfig('LoadBalancerModel'),
  'PUT /loadbalancer/*/*': HAPROXY_ACTION,
  'PUT /loadbalancer/*/certificates/*': CERTIFICATE_UPLOAD,
  'GET /loadbalancer/*/certificates/*': CERTIFICATE,
  'DELETE /loadbalancer/*/certificates/*': CERTIFICATE_REMOVAL,
  'PUT /listeners/*/*/haproxy': haproxyUpload('ListenerModel'),
  'GET /listeners/*/haproxy': haproxyConfig('ListenerModel'),
  'PUT /listeners/*/*': HAPROXY_ACTION,
  'PUT /listeners/*/certificates/*': CERTIFICATE_UPLOAD,
  'GET /listeners/*/certificates/*': CERTIFICATE,
  'DELETE /listeners/*/certificates/*': CERTIFICATE_REMOVAL,
  'PUT /listeners/*/*/udp_listener': {
    summary: "Store keepalived's configuration of a UDP or SCTP listener, or the one that a model gives",
    body: 'text',
    model: 'ListenerModel',
    etag: true,
  },
  'GET /listeners/*/udp_listener': {
    summary:
      "Read keepalived's stored configuration of a UDP or SCTP listener, or the model that it was rendered from",
    answer: 'text',
    model: 'ListenerModel',
    failures: [404, 406],
  },
  'PUT /vrrp/upload': {
    summary: "Store keepalived's configuration for VRRP, or the one that a model gives",
    body: 'text',
    model: 'VrrpModel',
    etag: true,
  },
  'PUT /vrrp/*': { summary: 'Start, stop or reload keepalived for VRRP', success: 202 },
  'POST /plug/vip/*': {
    summary: 'Configure the interface of the VIPs',
    body: plugVipBody,
    success: 202,
    failures: [404, 409],
  },
  'POST /plug/network': {
    summary: 'Configure the interface of a member network',
    body: plugNetworkBody,
    success: 202,
    failures: [404, 409],
  },
  'GET /interface/*': {
    summary: 'The interface that has an address',
    answer: interfaceAnswer,
    failures: [404],
  },
  'PUT /interface/*/rules': {
    summary: 'Set the firewall rules of the VIP interface',
    body: firewallRulesBody,
    failures: [404],
  },
  'PUT /certificate': { summary: "Replace the agent's own certificate", ...OWN_FILE },
  'PUT /config': { summary: "Replace the agent's configuration", ...OWN_FILE },
};

/** A route that isn't described here may give what any may. */
export function documentOf(route: Route): RouteDocument {
  const [method = 'GET'] = route.methods;
  const known = DOCUMENTS[`${method} ${route.path.replaceAll(/:\w+/g, '*')}`];
  return known ?? { summary: `${method} ${route.path}`, failures: [404, 409] };
}
