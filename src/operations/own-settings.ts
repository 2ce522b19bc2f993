import { setInterval } from 'node:timers/promises';
import { InvalidConfiguration, InvalidInput } from '../errors.ts';
import { type OperationContext, OWN_SETTINGS } from './context.ts';

/** The agent's own settings as they are in force; made by the composition root. */
export interface OwnSettings {
  readonly tls: OwnTls;
}

/** What the agent's own TLS can do for operations. Called in turn, under OWN_SETTINGS. */
export interface OwnTls {
  /** @throws InvalidConfiguration where the agent could not serve with this PEM as its certificate */
  checkCertificate(pem: string): void;
  /** Serves new connections with what agent_server_cert and agent_server_ca hold now; with a broken one as before. */
  refresh(): Promise<void>;
}

/** It holds secrets. */
const MODE = 0o600;
const WATCH_MS = 2_000;

/**
 * Puts the agent's own certificate, with chain and key in one PEM, in the place of the old one. New connections get
 * it at once, open ones go on (contract section 3).
 * @throws InvalidInput where the agent could not serve with it; nothing is changed then
 */
export function replaceOwnCertificate(context: OperationContext, body: Buffer): Promise<void> {
  const { own, config, host, queue, logger } = context;
  return queue.run(OWN_SETTINGS, async () => {
    try {
      own.tls.checkCertificate(body.toString());
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      logger.warn({ reason: error.message }, "the agent's new certificate is refused: the old one stays");
      throw new InvalidInput('request', error.message);
    }
    await host.files.write(config().agentServerCert, body, { mode: MODE });
    await own.tls.refresh();
  });
}

/**
 * Takes up, within seconds, certificate files that somebody else changes: so the authority of the clients is rotated
 * without a restart (field lessons A5). Ends with the signal.
 */
export async function watchOwnCertificates(
  { own, queue }: Pick<OperationContext, 'own' | 'queue'>,
  closing: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of setInterval(WATCH_MS, undefined, { signal: closing, ref: false })) {
      await queue.run(OWN_SETTINGS, own.tls.refresh);
    }
  } catch (error) {
    if (!closing.aborted) throw error;
  }
}
