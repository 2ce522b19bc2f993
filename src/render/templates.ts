import nunjucks from 'nunjucks';
import { TEMPLATE_OPTIONS } from './template-options.ts';

/** Renders one template file of templates/ with plain values. A value that the template names and that is missing throws. */
export type RenderTemplate = (file: string, values: object) => string;

/** @param directory absolute path of the templates folder; a bundle has them in itself and reads none */
export function createTemplates(directory: string): RenderTemplate {
  const loader = new nunjucks.FileSystemLoader(directory, { noCache: false });
  const environment = new nunjucks.Environment(loader, TEMPLATE_OPTIONS);
  return (file, values) => environment.render(file, values);
}
