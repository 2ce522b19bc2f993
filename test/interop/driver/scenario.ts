import { expect } from 'vitest';
import type { Model } from './model.ts';
import { interfaceSteps, networkSteps, ruleSteps, vipSteps } from './network-steps.ts';
import {
  certificateSteps,
  deletionSteps,
  haproxySteps,
  udpEndSteps,
  udpStartSteps,
  vrrpSteps,
} from './service-steps.ts';
import { OK, type Step, step } from './steps.ts';

/** A part of the scenario. At its end the test checks more than the answers. */
export interface Act {
  readonly until: string;
  readonly steps: readonly Step[];
}

/** The requests of a controller over the life of an amphora, and more: every method of the driver with its refusals. */
export const scenarioOf = (model: Model): readonly [Act, Act, Act] => [
  {
    until: 'the load balancer serves',
    steps: [
      ...birthSteps(model),
      ...vipSteps(model),
      ...interfaceSteps(model),
      ...networkSteps(model),
      ...certificateSteps(model),
      ...haproxySteps(model),
    ],
  },
  { until: 'a UDP listener runs beside it', steps: udpStartSteps(model) },
  {
    until: 'it is deleted',
    steps: [
      ...udpEndSteps(model),
      ...vrrpSteps(model),
      ...ruleSteps(model),
      ...settingSteps(model),
      ...deletionSteps(model),
      ...lastSteps(),
    ],
  },
];

function birthSteps({ unknown }: Model): Step[] {
  return [
    step('get_api_version', ['get_api_version'], 200, { api_version: '1.0' }),
    step('get_info', ['get_info'], 200, {
      hostname: expect.stringMatching(/^amphora-/),
      haproxy_version: expect.stringMatching(/^\d+\.\d+\./),
      api_version: '1.0',
      keepalived_version: expect.stringMatching(/\d/),
      ipvsadm_version: expect.stringMatching(/\d/),
    }),
    step('get_all_listeners of a new amphora', ['get_all_listeners'], 200, []),
    step(
      'get_details of a new amphora',
      ['get_details'],
      200,
      expect.objectContaining({
        active: true,
        api_version: '1.0',
        haproxy_count: 0,
        listeners: [],
        lvs_listener_process_count: 0,
        networks: {},
        packages: {},
        topology: 'SINGLE',
        topology_status: 'OK',
        load: ['string', 'string', 'string'],
        cpu: { total: 'number', user: 'string', system: 'string', soft_irq: 'string' },
        disk: { used: 'number', available: 'number' },
        memory: Object.fromEntries(
          ['total', 'free', 'buffers', 'cached', 'swap_used', 'shared', 'slab'].map((key) => [key, 'number']),
        ),
      }),
    ),
    step('get_listener_status', ['get_listener_status', unknown], 405, {
      error: '405 Method Not Allowed: The method is not allowed for the requested URL.',
      http_code: 405,
    }),
  ];
}

function settingSteps({ agentConfig, serverPem }: Model): Step[] {
  const changed = agentConfig.replace(/^heartbeat_interval.*$/m, 'heartbeat_interval = 5');
  return [
    step('update_agent_config', ['update_agent_config', changed], 202, OK),
    step('update_agent_config without an amphora id', ['update_agent_config', '[amphora_agent]\n'], 500, {
      message: 'Unable to update amphora-agent configuration.',
      details: expect.stringContaining('amphora_id'),
    }),
    step('update_agent_config again', ['update_agent_config', agentConfig], 202, OK),
    step('update_cert_for_rotation', ['update_cert_for_rotation', serverPem], 202, OK),
    step(
      'get_info under the new certificate',
      ['get_info'],
      200,
      expect.objectContaining({ api_version: '1.0' }),
    ),
  ];
}

/** Steps that an agent may not survive come at the end. */
function lastSteps(): Step[] {
  return [
    step(
      'update_cert_for_rotation of no certificate',
      ['update_cert_for_rotation', 'no certificate\n'],
      400,
      {
        message: 'Invalid request',
        details: expect.any(String),
      },
    ),
    step('get_info after that', ['get_info'], 200, expect.objectContaining({ api_version: '1.0' })),
  ];
}
