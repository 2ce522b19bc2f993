import type { HaproxyId } from '../../domain/ids.ts';
import type { CertificatePlan, ContentChange } from '../../domain/run-time/certificate-plan.ts';
import type { ListEntry } from '../../domain/run-time/crt-list.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from '../haproxy/processes.ts';
import { ChangeFailed } from './change-failed.ts';

type SendContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * Gives a worker its new certificates (haproxy management guide, section 9.3). Payloads and answers can contain keys, so
 * errors contain neither.
 * @throws ChangeFailed after an unexpected answer, SocketSilent without an answer
 */
export async function sendCertificates(
  { paths, host }: SendContext,
  id: HaproxyId,
  plan: Extract<CertificatePlan, { readonly kind: 'changes' }>,
): Promise<void> {
  const { masterSocket } = paths.loadBalancer(id);
  const send: Send = async (command, isSuccess, file) => {
    const answer = await host.haproxy.ask(masterSocket, `@1 ${command}`, ANSWER_MS);
    if (isSuccess.test(answer)) return;
    const [step] = command.split(' /', 1);
    throw new ChangeFailed(`haproxy refused the command ${step} for the file ${file}`);
  };
  for (const content of plan.contents) await sendContent(send, content);
  for (const { list, entry } of plan.additions) await send(addition(list, entry), SUCCESS, entry.name);
  for (const { list, name } of plan.removals) await send(`del ssl crt-list ${list} ${name}`, DELETED, name);
  // haproxy keeps a certificate that something else uses
  for (const name of plan.unused) await send(`del ssl cert ${name}`, ANY, name);
}

type Send = (command: string, isSuccess: RegExp, file: string) => Promise<void>;

/** A killed agent may have left a transaction. */
const ABORTED = /^(?:No ongoing transaction!|Transaction aborted for certificate .*)$/m;
const CREATED = /^New empty certificate store .*!$/m;
const BEGUN = /^Transaction (?:created|updated) for certificate .*!$/m;
const SUCCESS = /^Success!$/m;
const DELETED = /^Entry '.*' deleted in crtlist '.*'!$/m;
const ANY = /(?:)/;

async function sendContent(send: Send, { name, file, payload, isNew }: ContentChange): Promise<void> {
  await send(`abort ssl cert ${name}`, ABORTED, file);
  if (isNew) await send(`new ssl cert ${name}`, CREATED, file);
  try {
    // the empty line that ends the payload comes from the end of the command
    await send(`set ssl cert ${name} <<\n${payload}`, BEGUN, file);
    await send(`commit ssl cert ${name}`, SUCCESS, file);
  } catch (error) {
    await send(`abort ssl cert ${name}`, ANY, file);
    throw error;
  }
}

const addition = (list: string, { name, filters }: ListEntry): string =>
  filters.length === 0
    ? `add ssl crt-list ${list} ${name}`
    : `add ssl crt-list ${list} <<\n${[name, ...filters].join(' ')}\n`;
