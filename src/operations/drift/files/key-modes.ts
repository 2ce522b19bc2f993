import path from 'node:path';
import type { HaproxyId } from '../../../domain/ids.ts';
import { TEMPORARY_PREFIX } from '../../../host/files.ts';
import { type OperationContext, VRRP } from '../../context.ts';
import { type KeptPart, modeDifference } from './kept-part.ts';

const SECRET_MODE = 0o600;
const SECRET_DIRECTORY_MODE = 0o700;
const DIRECTORY_MODE = 0o755;

/** The modes of the certificates of a load balancer, with their keys, and of their directories. */
export async function keyModeParts(context: OperationContext, id: HaproxyId): Promise<KeptPart[]> {
  const { certificates, modelCertificates } = context.paths.loadBalancer(id);
  const { files } = context.host;
  const filesIn = async (directory: string): Promise<string[]> =>
    (await files.list(directory))
      .filter((name) => !name.startsWith(TEMPORARY_PREFIX))
      .map((name) => path.join(directory, name))
      .filter((file) => file !== modelCertificates);
  const names = await filesIn(certificates);
  if (names.length === 0 && !(await files.exists(modelCertificates))) return [];
  return [
    modePart(context, certificates, id, DIRECTORY_MODE),
    modePart(context, modelCertificates, id, SECRET_DIRECTORY_MODE),
    ...[...names, ...(await filesIn(modelCertificates))].map((file) =>
      modePart(context, file, id, SECRET_MODE),
    ),
  ];
}

/** The mode of the configuration for VRRP, which has the password, and the modes of the directories of scripts. */
export const vrrpModeParts = (context: OperationContext): KeptPart[] => [
  modePart(context, context.paths.vrrp.config, VRRP, SECRET_MODE),
  modePart(context, context.paths.vrrp.directory, VRRP, DIRECTORY_MODE),
  modePart(context, context.paths.vrrp.checkScripts, VRRP, DIRECTORY_MODE),
];

/** Compares only the mode. What is missing doesn't count. */
const modePart = (context: OperationContext, file: string, lock: string, mode: number): KeptPart => ({
  ...{ object: file, lock, basis: '', watched: [file] },
  compare: ([attributes]) =>
    Promise.resolve(attributes === undefined ? [] : modeDifference(context, file, attributes.mode, mode)),
});
