import nunjucks from 'nunjucks';
import { TEMPLATE_OPTIONS } from './template-options.ts';

/** Renders a template of templates/ with plain values. It throws when a value that the template names is missing. */
export type RenderTemplate = (file: string, values: object) => string;

/** Creates the renderer. @param directory absolute path of templates/; a bundle contains the templates and reads no files */
export function createTemplates(directory: string): RenderTemplate {
  const loader = new nunjucks.FileSystemLoader(directory, { noCache: false });
  const environment = new nunjucks.Environment(loader, TEMPLATE_OPTIONS);
  return (file, values) => environment.render(file, values);
}
