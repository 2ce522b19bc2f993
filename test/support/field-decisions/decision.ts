type Fields = Readonly<Record<string, unknown>>;

/** The expected result for one value of a field. */
export interface Case {
  readonly given: unknown;
  /** other fields of the same object */
  readonly beside: Fields;
  /** the value in the model, or the reason of the refusal */
  readonly outcome: { readonly value: unknown } | { readonly fault: string; readonly at: string | undefined };
}

/**
 * What is done with a field.
 * - used: it reaches haproxy.cfg or keepalived.conf; what can have no effect there is refused
 * - converted: likewise, after it was brought into the form in which it has an effect
 * - chooses: it decides which other fields count
 * - informs: it names something for people or for the API, and nothing that runs needs it
 */
export interface Decision {
  /** OBJECT.FIELD */
  readonly field: string;
  readonly kind: 'used' | 'converted' | 'chooses' | 'informs';
  readonly cases: readonly Case[];
}

export const takes = (given: unknown, beside: Fields = {}): Case => becomes(given, given, beside);
export const becomes = (given: unknown, value: unknown, beside: Fields = {}): Case => ({
  given,
  beside,
  outcome: { value },
});
/** @param at the path of the named field from the object, if it is another field */
export const refuses = (given: unknown, fault: string, beside: Fields = {}, at?: string): Case => ({
  given,
  beside,
  outcome: { fault, at },
});

/** Decisions about the fields of one object, each `FIELD: [KIND, CASE…]`. */
export const decisionsOf = (
  object: string,
  fields: Readonly<Record<string, readonly [Decision['kind'], ...Case[]]>>,
): Decision[] =>
  Object.entries(fields).map(([field, [kind, ...cases]]) => ({ field: `${object}.${field}`, kind, cases }));
