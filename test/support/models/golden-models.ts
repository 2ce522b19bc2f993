import { comparedModels } from './compared-models.ts';
import { exampleId, listenerJson, loadBalancerJson, memberJson, poolJson } from './models.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Load balancers whose configurations are in test/golden/haproxy, by file name. */
export function goldenModels(container: object, ca: string): ReadonlyMap<string, Fields> {
  const compared = comparedModels(container, ca);
  const both = (name: string): Fields => compared.get(name) ?? {};
  return new Map<string, Fields>([
    ['l7-policies', both('L7 policies')],
    ['replicated-source-ip', both('SOURCE_IP, replicated')],
    ['re-encryption', both('re-encryption, monitored')],
    ['client-authentication', both('client authentication')],
    ['metrics', both('PROMETHEUS')],
    ['nothing-enabled', loadBalancerJson({ listeners: [listenerJson({ admin_state_up: false })] })],
    [
      'everything-else',
      loadBalancerJson({
        additional_vips: [{ ip_address: '2001:db8::100' }],
        listeners: [
          listenerJson({
            allowed_cidrs: ['10.0.0.0/8'],
            insert_headers: {
              'X-Forwarded-For': 'true',
              'X-Forwarded-Port': 'true',
              'X-Forwarded-Proto': 'true',
            },
            default_pool: poolJson({
              slowstart: 30,
              session_persistence: { type: 'APP_COOKIE', cookie_name: 'JSESSIONID' },
              healthmonitor: {
                type: 'HTTP',
                delay: 5,
                timeout: 4,
                max_retries: 2,
                http_version: 1.1,
                expected_codes: '200,202-204',
                url_path: '/health?a=b#c',
              },
              members: [memberJson({ weight: 3 }), memberJson({ member_id: exampleId(4, 1), backup: true })],
            }),
          }),
          listenerJson({
            listener_id: exampleId(2, 1),
            protocol: 'TERMINATED_HTTPS',
            protocol_port: 443,
            default_tls_container_data: container,
            hsts_max_age: 31_536_000,
            alpn_protocols: [],
            default_pool: poolJson({ session_persistence: { type: 'HTTP_COOKIE' } }),
          }),
          listenerJson({
            listener_id: exampleId(2, 2),
            protocol: 'TCP',
            protocol_port: 22,
            default_pool: poolJson({
              pool_id: exampleId(3, 1),
              protocol: 'PROXYV2',
              healthmonitor: { type: 'PING', delay: 5, timeout: 4, max_retries: 2 },
            }),
          }),
        ],
      }),
    ],
  ]);
}
