import path from 'node:path';
import type { HaproxyId } from '../../../domain/ids.ts';
import { TEMPORARY_PREFIX } from '../../../host/files.ts';
import { type OperationContext, VRRP } from '../../context.ts';
import { type KeptPart, modeDifference } from './kept-part.ts';

const SECRET_MODE = 0o600;
const SECRET_DIRECTORY_MODE = 0o700;
const DIRECTORY_MODE = 0o755;

/** A file or directory, and its mode. */
export type KeyPlace = readonly [place: string, mode: number];

/** Returns the certificates of a load balancer, which have their keys, and their directories. */
export async function keyPlaces(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  id: HaproxyId,
): Promise<KeyPlace[]> {
  const { certificates, modelCertificates } = paths.loadBalancer(id);
  const { files } = host;
  const filesIn = async (directory: string): Promise<string[]> =>
    (await files.list(directory))
      .filter((name) => !name.startsWith(TEMPORARY_PREFIX))
      .map((name) => path.join(directory, name))
      .filter((file) => file !== modelCertificates);
  const names = await filesIn(certificates);
  if (names.length === 0 && !(await files.exists(modelCertificates))) return [];
  const secrets = [...names, ...(await filesIn(modelCertificates))];
  return [
    [certificates, DIRECTORY_MODE],
    [modelCertificates, SECRET_DIRECTORY_MODE],
    ...secrets.map((file): KeyPlace => [file, SECRET_MODE]),
  ];
}

/** The modes of the certificates of a load balancer. */
export const keyModeParts = (
  context: OperationContext,
  id: HaproxyId,
  places: readonly KeyPlace[],
): KeptPart[] => places.map(([place, mode]) => modePart(context, place, id, mode));

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
