import type { EniFile } from '../domain/network/eni-file.ts';
import type { RenderTemplate } from './templates.ts';

/** Renders an interface file of ifupdown, in the format of interfaces(5). */
export const renderEni = (render: RenderTemplate, file: EniFile): string =>
  render('interfaces-eni.njk', file);
