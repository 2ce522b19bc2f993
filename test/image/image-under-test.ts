import path from 'node:path';

const BUILT = path.resolve(import.meta.dirname, '../../images/amphora.qcow2');

/** Path of the image: that of the last build, or the one that AMPHORA_IMAGE names. */
export const imageUnderTest = (): string => process.env['AMPHORA_IMAGE'] ?? BUILT;
