import path from 'node:path';
import { createTemplates } from '../../src/render/templates.ts';
import { REPOSITORY } from '../repository.ts';

/** Renders the templates of this repository. */
export const renderTemplate = createTemplates(path.join(REPOSITORY, 'templates'));
