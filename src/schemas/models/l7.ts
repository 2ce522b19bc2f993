import { z } from 'zod';
import { pool } from './pool.ts';
import { adminStateUp, listOf, oneOf, optional, text, token, uuid, withDefault } from './scalars.ts';

const RULE_TYPES = [
  'HOST_NAME',
  'PATH',
  'FILE_TYPE',
  'HEADER',
  'COOKIE',
  'SSL_CONN_HAS_CERT',
  'SSL_VERIFY_RESULT',
  'SSL_DN_FIELD',
] as const;
const COMPARE_TYPES = ['REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'] as const;
type RuleType = (typeof RULE_TYPES)[number];
export type CompareType = (typeof COMPARE_TYPES)[number];

/** Types that compare with a part that `key` names, and what such a name may be. */
const KEYS: Partial<Record<RuleType, z.ZodString>> = {
  HEADER: token,
  COOKIE: token,
  SSL_DN_FIELD: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'not a field of a distinguished name'),
};
const ONLY_EQUAL: readonly RuleType[] = ['SSL_CONN_HAS_CERT', 'SSL_VERIFY_RESULT'];

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
  .superRefine(({ type, compare_type, key, value }, context) => {
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    const keyProblem = KEYS[type]?.safeParse(key ?? '').error?.issues[0]?.message;
    if (keyProblem !== undefined) fault('key', keyProblem);
    if (ONLY_EQUAL.includes(type) && compare_type !== 'EQUAL_TO') {
      fault('compare_type', `not EQUAL_TO, the only one for ${type}`);
    }
    if (type === 'FILE_TYPE' && compare_type !== 'EQUAL_TO' && compare_type !== 'REGEX') {
      fault('compare_type', 'not EQUAL_TO or REGEX, the only ones for FILE_TYPE');
    }
    if (type === 'SSL_CONN_HAS_CERT' && !/^true$/i.test(value)) fault('value', 'not True');
    if (type === 'SSL_VERIFY_RESULT' && !/^\d{1,9}$/.test(value)) fault('value', 'not a number of OpenSSL');
  });
export type L7RuleModel = z.output<typeof rule>;

/** Percent-encoded, as it stands in a Location header. */
const url = text.regex(/^https?:\/\/[\x21-\x7e]+$/i, 'not an http or https URL');

/** What an action can't be without. */
const NEEDS = {
  REJECT: undefined,
  REDIRECT_TO_URL: 'redirect_url',
  REDIRECT_PREFIX: 'redirect_prefix',
  REDIRECT_TO_POOL: 'redirect_pool_id',
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
    /** the lowest first; those without come last, as they stand */
    position: withDefault(z.int(), 2_147_483_647),
    redirect_pool: optional(pool),
    redirect_pool_id: optional(uuid),
    redirect_url: optional(url),
    redirect_prefix: optional(url),
    redirect_http_code: withDefault(z.literal([301, 302, 303, 307, 308]), 302),
    /** API limit; haproxy takes 64 words a line */
    rules: listOf(rule).refine((rules) => rules.length <= 50, 'more than 50 rules'),
  })
  .superRefine((policy, context) => {
    const needed = NEEDS[policy.action];
    if (needed === undefined || policy[needed] !== undefined) return;
    if (needed === 'redirect_pool_id' && policy.redirect_pool !== undefined) return;
    context.addIssue({ code: 'custom', path: [needed], message: `required for ${policy.action}` });
  });
/** redirect_pool is the pool that redirect_pool_id names, wherever it stood in the document. */
export type L7PolicyModel = z.output<typeof l7Policy>;
