import path from 'node:path';

const BUILT = path.resolve(import.meta.dirname, '../../images/amphora.qcow2');

/** Path of the image: that of the last build, or the one that AMPHORA_IMAGE names. */
export const imageUnderTest = (): string => process.env['AMPHORA_IMAGE'] ?? BUILT;

/** Path of the private key for upgrades of the image. It lies beside the image, if the image has the public key. */
export const upgradeKey = (): string => path.join(path.dirname(imageUnderTest()), 'upgrade.key');
