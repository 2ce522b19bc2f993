import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import {
  exampleId,
  listenerJson,
  loadBalancerJson,
  memberJson,
  poolJson,
} from '../../support/models/models.ts';

it('a load balancer as Octavia passes it to provider drivers is read like a hand-written model', () => {
  const script = path.join(import.meta.dirname, 'octavia_provider_model.py');
  const octavia = JSON.parse(execFileSync('/usr/bin/python3', [script], { stdio: 'pipe' }).toString());
  const pool = poolJson({
    session_persistence: { type: 'APP_COOKIE', cookie_name: 'JSESSIONID' },
    healthmonitor: {
      healthmonitor_id: exampleId(6),
      type: 'HTTP',
      delay: 1,
      timeout: 2,
      max_retries: 3,
      max_retries_down: 4,
      expected_codes: '200-204',
    },
    members: [memberJson({ weight: 3 })],
  });
  const byHand = loadBalancerJson({
    name: 'a\nname',
    project_id: 'a3f1c2d4',
    additional_vips: [{ ip_address: '2001:db8::1' }],
    pools: [pool],
    listeners: [
      listenerJson({
        connection_limit: undefined,
        default_pool: undefined,
        default_pool_id: exampleId(3),
        insert_headers: { 'X-Forwarded-For': 'true' },
        l7policies: [
          {
            l7policy_id: exampleId(7),
            action: 'REDIRECT_TO_POOL',
            position: 1,
            redirect_pool_id: exampleId(3),
            rules: [{ l7rule_id: exampleId(8), type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }],
          },
        ],
      }),
    ],
  });
  expect(parseLoadBalancerModel(octavia)).toEqual(parseLoadBalancerModel(byHand));
});
