import type { Request } from 'express';

/** Returns whether the body is a model. Any other content type than JSON, or none, means a text, as controllers send it. */
export const isModel = (request: Request): boolean => request.is('application/json') === 'application/json';
