import fc from 'fast-check';
import { anything, maybe, mostly, nasty, regex, token } from '../text-arbitraries.ts';
import { exampleId } from './models.ts';

const host = fc.oneof(
  fc.domain(),
  fc.constantFrom('www.', '.example.com', '.bücher.example', 'www.bücher.', '[2001:db8::1]', 'EXAMPLE'),
);
/** Characters that may stand in a path, and characters that clients encode. */
const segment = fc.stringMatching(/^[ !-$&->@-~äß😀]{1,12}$/u);
const extension = segment.map((text) => `x${text.replaceAll('/', '')}`);

const more = { invert: fc.boolean(), admin_state_up: maybe(fc.boolean()) };
const compared = (type: string, value: fc.Arbitrary<string>, key: fc.Arbitrary<string | undefined>) =>
  fc.record({
    type: fc.constant(type),
    compare_type: fc.constantFrom('STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'),
    key,
    value: mostly(value, nasty),
    ...more,
  });
const keyless = fc.constant(undefined);
const rule = fc.oneof(
  compared('HOST_NAME', fc.domain(), keyless),
  compared('HOST_NAME', host, keyless),
  compared(
    'PATH',
    segment.map((text) => `/${text}`),
    keyless,
  ),
  compared('HEADER', nasty, token),
  compared('COOKIE', nasty, token),
  fc.record({
    type: fc.constantFrom('HEADER', 'COOKIE'),
    compare_type: fc.constant('REGEX'),
    key: token,
    value: regex,
  }),
  fc.record({
    type: fc.constantFrom('HOST_NAME', 'PATH', 'FILE_TYPE'),
    compare_type: fc.constant('REGEX'),
    value: regex.map((text) => text.replaceAll(/[^\x20-\x7e]|\\\./g, 'x')),
  }),
  fc.record({ type: fc.constant('FILE_TYPE'), compare_type: fc.constant('EQUAL_TO'), value: extension }),
);
const rulesOfCertificates = fc.oneof(
  fc.record({
    type: fc.constant('SSL_DN_FIELD'),
    compare_type: fc.constantFrom('CONTAINS', 'EQUAL_TO'),
    key: mostly(fc.constantFrom('CN', 'emailAddress', 'organizationName'), anything),
    value: nasty,
  }),
  fc.record({
    type: fc.constant('SSL_CONN_HAS_CERT'),
    compare_type: fc.constant('EQUAL_TO'),
    value: fc.constant('True'),
  }),
  fc.record({
    type: fc.constant('SSL_VERIFY_RESULT'),
    compare_type: fc.constant('EQUAL_TO'),
    value: mostly(fc.constant('0'), fc.nat(60).map(String)),
  }),
);

const url = mostly(
  fc
    .tuple(fc.constantFrom('http', 'https'), fc.stringMatching(/^[!-"$->@-~äß ]{0,60}$/u))
    .map(([scheme, rest]) => `${scheme}://bücher.example/${rest}`),
  anything.map((text) => `http://example.com/${text}`),
);

/** Makes policies of a listener. @param isAuthenticated whether the listener requests client certificates */
export const l7Policy = (isAuthenticated: boolean) => {
  const rules = isAuthenticated ? fc.oneof(rule, rulesOfCertificates) : rule;
  return fc
    .record({
      action: fc.constantFrom('REJECT', 'REDIRECT_TO_URL', 'REDIRECT_PREFIX', 'REDIRECT_TO_POOL'),
      admin_state_up: maybe(fc.boolean()),
      position: maybe(fc.nat(5)),
      url,
      redirect_http_code: maybe(fc.constantFrom(301, 302, 303, 307, 308)),
      pool: fc.nat(2).map((index) => exampleId(3, index)),
      rules: fc.oneof(
        fc.array(rules, { maxLength: 4 }),
        fc.array(rules, { minLength: 50, maxLength: 51, size: 'max' }),
      ),
    })
    .map(({ url: target, pool: id, ...fields }) => ({
      ...fields,
      ...(fields.action === 'REDIRECT_TO_URL' ? { redirect_url: target } : {}),
      ...(fields.action === 'REDIRECT_PREFIX' ? { redirect_prefix: target } : {}),
      ...(fields.action === 'REDIRECT_TO_POOL' ? { redirect_pool_id: id } : {}),
    }));
};
