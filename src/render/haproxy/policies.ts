import { sentForms } from '../../domain/text/percent-encoding.ts';
import type { L7PolicyModel, L7RuleModel } from '../../schemas/models/l7/l7.ts';
import type { CompareType } from '../../schemas/models/l7/l7-values.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import { fetchWith, literalFormat, word } from './quoting.ts';

/** The configuration lines of a listener's policies. */
export interface PolicyLines {
  readonly acls: readonly string[];
  /** `http-request` lines: first rejections, then redirections */
  readonly requests: readonly string[];
  readonly useBackends: readonly string[];
}

const MATCHES: Record<CompareType, string> = {
  REGEX: '-m reg',
  STARTS_WITH: '-m beg',
  ENDS_WITH: '-m end',
  CONTAINS: '-m sub',
  EQUAL_TO: '-m str',
};

/**
 * Octavia's order (L7 cookbook): rejections first, then redirections, then pools, whatever the positions of the policies.
 */
const ORDER: Record<L7PolicyModel['action'], number> = {
  REJECT: 0,
  REDIRECT_TO_URL: 1,
  REDIRECT_PREFIX: 1,
  REDIRECT_TO_POOL: 2,
};

/** Returns the enabled policies in the order of their evaluation. */
export const activePolicies = (listener: ListenerModel): L7PolicyModel[] =>
  listener.l7policies
    .filter((policy) => policy.admin_state_up)
    .toSorted((one, other) => ORDER[one.action] - ORDER[other.action] || one.position - other.position);

/** Returns the lines of every enabled policy. A policy without enabled rules matches no request. */
export function policyLines(listener: ListenerModel): PolicyLines {
  const policies = activePolicies(listener).map((policy, index) => {
    const rules = policy.rules
      .filter((rule) => rule.admin_state_up)
      .map((rule, ruleIndex) => ({ rule, name: rule.l7rule_id ?? `rule-${index}-${ruleIndex}` }));
    const condition = rules.map(({ rule, name }) => `${rule.invert ? '!' : ''}${name}`).join(' ');
    return { policy, rules, condition };
  });
  const effective = policies.filter(({ rules }) => rules.length > 0);
  return {
    acls: effective.flatMap(({ rules }) => rules.flatMap(({ rule, name }) => aclLines(name, rule))),
    requests: effective.flatMap(({ policy, condition }) => {
      const action = requestAction(policy);
      return action === undefined ? [] : [`http-request ${action} if ${condition}`];
    }),
    useBackends: effective.flatMap(({ policy: { action, redirect_pool }, condition }) =>
      action === 'REDIRECT_TO_POOL' && redirect_pool?.admin_state_up
        ? [`use_backend ${redirect_pool.pool_id}:${listener.listener_id} if ${condition}`]
        : [],
    ),
  };
}

function requestAction(policy: L7PolicyModel): string | undefined {
  const { action, redirect_http_code, redirect_url = '', redirect_prefix = '' } = policy;
  if (action === 'REJECT') return 'deny';
  const redirect = `redirect code ${redirect_http_code}`;
  if (action === 'REDIRECT_TO_URL') return `${redirect} location ${word(literalFormat(redirect_url))}`;
  if (action === 'REDIRECT_PREFIX') return `${redirect} prefix ${word(literalFormat(redirect_prefix))}`;
  return undefined;
}

/** Returns the `acl` lines of a rule. Lines with the same name match when any of them matches. */
function aclLines(name: string, rule: L7RuleModel): string[] {
  return samples(rule).map(
    ({ fetch, match, values = [rule.value] }) =>
      `acl ${name} ${word(fetch)} ${match} -- ${values.map(word).join(' ')}`,
  );
}

interface Sample {
  readonly fetch: string;
  /** the comparison: flags of an ACL */
  readonly match: string;
  /** the patterns, of which one must match; undefined for the value of the rule */
  readonly values?: readonly string[];
}

/** The text behind the last dot of the path's last segment. Empty without a dot. */
const EXTENSION = 'path,regsub("^(.*/)?[^./]*$",""),field(-1,.)';

function samples({ type, compare_type, key = '', value }: L7RuleModel): Sample[] {
  const match = MATCHES[compare_type];
  const isExpression = compare_type === 'REGEX';
  switch (type) {
    case 'HOST_NAME':
      // host_only removes the port, which a browser adds when it isn't the default one
      return [{ fetch: 'req.hdr(host),host_only', match: `-i ${match}` }];
    case 'PATH':
      return [{ fetch: 'path', match, values: isExpression ? [value] : sentForms(value) }];
    case 'FILE_TYPE':
      return isExpression
        ? [{ fetch: EXTENSION, match }]
        : [{ fetch: 'path', match: MATCHES.ENDS_WITH, values: sentForms(`.${value}`) }];
    case 'HEADER':
      return headerMethods(compare_type, value).map((method) => ({ fetch: fetchWith(method, key), match }));
    case 'COOKIE':
      return [{ fetch: fetchWith('req.cook', key), match }];
    case 'SSL_CONN_HAS_CERT':
      return [{ fetch: 'ssl_c_used', match: '-m bool' }];
    case 'SSL_VERIFY_RESULT':
      return [{ fetch: 'ssl_c_verify', match: '-m int' }];
    case 'SSL_DN_FIELD':
      return [{ fetch: fetchWith('ssl_c_s_dn', key), match }];
  }
}

/** req.hdr splits a header at its commas. A value with a comma is therefore also compared with the whole header. */
const headerMethods = (compare: CompareType, value: string): string[] =>
  compare === 'REGEX' || value.includes(',') ? ['req.hdr', 'req.fhdr'] : ['req.hdr'];
