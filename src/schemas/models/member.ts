import { z } from 'zod';
import { adminStateUp, between, hostAddress, optional, port, text, uuid, withDefault } from './scalars.ts';

const VNIC_TYPES = ['normal', 'direct'] as const;

export const member = z.object({
  member_id: uuid,
  name: optional(z.string()),
  project_id: optional(text),
  pool_id: optional(uuid),
  subnet_id: optional(z.string()),
  address: hostAddress,
  protocol_port: port,
  weight: withDefault(between(0, 256), 1),
  backup: withDefault(z.boolean(), false),
  monitor_address: optional(hostAddress),
  monitor_port: optional(port),
  admin_state_up: adminStateUp,
  vnic_type: withDefault(z.enum(VNIC_TYPES), 'normal'),
});
export type MemberModel = z.output<typeof member>;
