import type { Request } from 'express';

/** Controllers send texts without a content type, or with that of curl; whatever isn't JSON is one. */
export const isModel = (request: Request): boolean => request.is('application/json') === 'application/json';
