import { z } from 'zod';
import { shortFieldName } from '../../../domain/certificates/distinguished-names.ts';
import { pool } from '../checked-pool.ts';
import { adminStateUp, listOf, oneOf, optional, text, token, uuid, withDefault } from '../scalars.ts';
import { COMPARE_TYPES, type CompareType, RULE_TYPES, type RuleType, readRuleValue } from './l7-values.ts';
import { redirectPrefix, redirectUrl } from './redirect-targets.ts';

/** Rule types that compare a part of the request named by `key`, with the schema of that name. */
const KEYS: Partial<Record<RuleType, z.ZodType<string, string>>> = {
  HEADER: token,
  COOKIE: token,
  SSL_DN_FIELD: z.string().transform((key, context): string => {
    const field = shortFieldName(key);
    if (field !== undefined) return field;
    context.issues.push({
      code: 'custom',
      message: 'not a field of a distinguished name, such as CN or emailAddress',
      input: key,
    });
    return z.NEVER;
  }),
};
const COMPARISONS: Partial<Record<RuleType, readonly CompareType[]>> = {
  FILE_TYPE: ['EQUAL_TO', 'REGEX'],
  SSL_CONN_HAS_CERT: ['EQUAL_TO'],
  SSL_VERIFY_RESULT: ['EQUAL_TO'],
};

const rule = z
  .object({
    l7rule_id: optional(uuid),
    l7policy_id: optional(uuid),
    project_id: optional(text),
    admin_state_up: adminStateUp,
    type: oneOf(RULE_TYPES),
    compare_type: oneOf(COMPARE_TYPES),
    key: optional(z.string()),
    value: text.min(1, 'empty'),
    invert: withDefault(z.boolean(), false),
  })
  .transform((rule, context) => {
    const { type, compare_type, key, value } = rule;
    const fault = (field: string, message: string): void =>
      void context.issues.push({ code: 'custom', path: [field], message, input: rule });
    const keys = KEYS[type];
    const named = keys?.safeParse(key ?? '');
    if (named?.success === false) fault('key', named.error.issues[0]?.message ?? '');
    if (keys === undefined && key !== undefined) fault('key', `not for a ${type} rule`);
    const comparisons = COMPARISONS[type] ?? COMPARE_TYPES;
    if (!comparisons.includes(compare_type)) {
      const only = comparisons.length === 1 ? 'only one' : 'only ones';
      fault('compare_type', `not ${comparisons.join(' or ')}, the ${only} for ${type}`);
      return z.NEVER;
    }
    const reading = readRuleValue(type, compare_type, value);
    if ('value' in reading) return { ...rule, key: named?.data, value: reading.value };
    fault('value', reading.problem);
    return z.NEVER;
  });
export type L7RuleModel = z.output<typeof rule>;

/** The fields with the target of each action, of which one is required. REJECT has none. */
const TARGETS = {
  REJECT: [],
  REDIRECT_TO_URL: ['redirect_url'],
  REDIRECT_PREFIX: ['redirect_prefix'],
  REDIRECT_TO_POOL: ['redirect_pool_id', 'redirect_pool'],
} as const;

export const l7Policy = z
  .object({
    l7policy_id: optional(uuid),
    listener_id: optional(uuid),
    name: optional(z.string()),
    description: optional(z.string()),
    project_id: optional(text),
    admin_state_up: adminStateUp,
    action: oneOf(['REJECT', 'REDIRECT_TO_URL', 'REDIRECT_TO_POOL', 'REDIRECT_PREFIX']),
    /** policies with the lowest position come first; policies without a position come last, in the document's order */
    position: withDefault(z.int(), 2_147_483_647),
    redirect_pool: optional(pool),
    redirect_pool_id: optional(uuid),
    redirect_url: optional(redirectUrl),
    redirect_prefix: optional(redirectPrefix),
    redirect_http_code: withDefault(z.literal([301, 302, 303, 307, 308]), 302),
    /** Octavia's limit; a haproxy line has at most 64 words */
    rules: listOf(rule).refine((rules) => rules.length <= 50, 'more than 50 rules'),
  })
  .superRefine((policy, context) => {
    const { action } = policy;
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    const [needed] = TARGETS[action];
    if (needed !== undefined && TARGETS[action].every((field) => policy[field] === undefined))
      fault(needed, `required for ${action}`);
    for (const field of Object.values(TARGETS).flat()) {
      const isOwn = TARGETS[action].some((own) => own === field);
      if (!isOwn && policy[field] !== undefined) fault(field, `not for ${action}`);
    }
  });
/** A policy. redirect_pool is the pool with the id redirect_pool_id, from any place in the document. */
export type L7PolicyModel = z.output<typeof l7Policy>;
