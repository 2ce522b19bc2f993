/** Replaces a secret in a report. */
const HIDDEN = '<hidden>';

/** A PEM block, or the rest of the text behind a beginning without an end. */
const PEM = /-----BEGIN [A-Z0-9 ]+-----(?:(?:(?!-----BEGIN )[\s\S])*?-----END [A-Z0-9 ]+-----|[\s\S]*)/g;
const PEM_END = /-----END [A-Z0-9 ]+-----/;
const PEM_LINE = /^[A-Za-z0-9+/=\s]*$/;

/** Names of values that are secret. The bounds keep a search in a long word short. */
const NAME =
  '[\\w.-]{0,40}(?:pass(?:word|wd|phrase)|auth_pass|auth_data|heartbeat_key|private_?key|secret|credential|token|api_?key|access_?key)[\\w.-]{0,40}';
/** Names of HTTP headers whose values are secret. */
const HEADER = '(?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:auth|subject|service|api)-[\\w-]{1,40}';

/** Each rule keeps its first group and replaces the rest of its match. JSON comes first, because it stays valid then. */
const RULES: readonly (readonly [rule: RegExp, replacement: string])[] = [
  // JSON: "name": "value"
  [
    new RegExp(`("(?:${NAME}|${HEADER})"\\s{0,9}:\\s{0,9})"(?:[^"\\\\]|\\\\[\\s\\S])*"?`, 'gi'),
    `$1"${HIDDEN}"`,
  ],
  // `name = value` at the beginning of a line, with the continued lines of oslo.config
  [
    new RegExp(`(^${NAME}[ \\t]{0,99}[=:][ \\t]{0,99})[^\\n]+(?:\\n[ \\t]+\\S[^\\n]*)*`, 'gim'),
    `$1${HIDDEN}`,
  ],
  // a header of a request or an answer
  [new RegExp(`(\\b(?:${HEADER})["']?[ \\t]{0,9}:[ \\t]{0,9})(?!"?${HIDDEN}")[^\\n]+`, 'gi'), `$1${HIDDEN}`],
  // a header that haproxy sets, replaces or sends in a check
  [
    new RegExp(`(\\b(?:\\w+-header|replace-value|hdr)[ \\t]+(?:${HEADER})[ \\t]+)[^\\n]+`, 'gi'),
    `$1${HIDDEN}`,
  ],
  // `name value`: keepalived's auth_pass, haproxy's password and insecure-password
  [new RegExp(`(\\b${NAME}[ \\t]+)(?!(?:[=:][ \\t]*)?${HIDDEN})\\S[^\\n]*`, 'gi'), `$1${HIDDEN}`],
  // name=value in a query, in arguments and in environments
  [new RegExp(`(\\b${NAME}[=:])(?:"[^"\\n]*"?|'[^'\\n]*'?|[^\\s&;,"']+)`, 'gi'), `$1${HIDDEN}`],
  [/(\bstats[ \t]+auth[ \t]+)\S+/gi, `$1${HIDDEN}`],
  [/(\b(?:Bearer|Basic|Digest|Negotiate)[ \t]+)[A-Za-z0-9._~+/=-]{6,}/gi, `$1${HIDDEN}`],
  // scheme://user:password@host
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,500}@/gi, `$1${HIDDEN}@`],
];

/** The shortest secret that is searched for by its value. A shorter one would hide parts of ordinary words. */
const SHORTEST = 4;

/**
 * Returns a text with its secrets hidden: PEM blocks, passwords, keys, cookies, authorizations, and the known secrets by
 * their values. It hides too much rather than too little.
 * @param known secrets of this amphora, such as its heartbeat key
 */
export function redacted(text: string, known: readonly string[] = []): string {
  let result = withoutTornPem(text.replace(PEM, HIDDEN));
  for (const secret of known) {
    if (secret.length >= SHORTEST) result = result.replaceAll(secret, HIDDEN);
  }
  for (const [rule, replacement] of RULES) result = result.replace(rule, replacement);
  return result;
}

/** Hides the lines of PEM blocks whose beginnings are missing. */
function withoutTornPem(text: string): string {
  if (!PEM_END.test(text)) return text;
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    if (!PEM_END.test(line)) {
      kept.push(line);
      continue;
    }
    while (kept.length > 0 && PEM_LINE.test(kept.at(-1) ?? '')) kept.pop();
    kept.push(HIDDEN);
  }
  return kept.join('\n');
}

/** Joins the pieces into which haproxy divides a long line in its answer to `show errors`. */
export const withJoinedLines = (errors: string): string => errors.replace(/\n[ \t]+\d{5,}\+[ \t]?/g, '');
