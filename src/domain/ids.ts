import { InvalidInput } from '../errors.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id of a load balancer: a UUID, so every character is safe in a path, a unit name and a configuration line. */
export type LoadBalancerId = Branded<'load balancer'>;
export type ListenerId = Branded<'listener'>;
export type AmphoraId = Branded<'amphora'>;
/** The id of the object that one haproxy serves: a load balancer in API 1.0, a listener in 0.5. */
export type HaproxyId = LoadBalancerId | ListenerId;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID in its usual form (8-4-4-4-12 hexadecimal digits, any case). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Whether a file name is the id of a load balancer or of a listener. */
export const isHaproxyId = (text: string): text is HaproxyId => isUuid(text);
/** Whether a part of a file name is the id of a listener. */
export const isListenerId = (text: string): text is ListenerId => isUuid(text);

function parse<Id extends Branded<string>>(what: string, text: string): Id {
  if (!isUuid(text)) {
    throw new InvalidInput('request', `${what} id ${JSON.stringify(text)} is not a UUID`);
  }
  return text as Id;
}

/** @throws InvalidInput unless the text is a UUID */
export const loadBalancerId = (text: string): LoadBalancerId => parse('load balancer', text);
/** @throws InvalidInput unless the text is a UUID */
export const listenerId = (text: string): ListenerId => parse('listener', text);
/** @throws InvalidInput unless the text is a UUID */
export const amphoraId = (text: string): AmphoraId => parse('amphora', text);
