import { AgentError } from '../../errors.ts';

/** Why a bundle was refused. */
export type BundleFault =
  | 'malformed'
  | 'cut'
  | 'too large'
  | 'unsigned'
  | 'wrong signature'
  | 'expired'
  | 'wrong digest'
  | 'other machine';

/** A bundle is not usable. Nothing of it was kept. The message is a sentence that says what to do. */
export class BundleRefused extends AgentError {
  readonly fault: BundleFault;
  constructor(fault: BundleFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A bundle could not be made from its packages, key and options. Nothing was written. The message says what to do. */
export class BundleNotMade extends AgentError {}
