import nunjucks from 'nunjucks';

/** Renders one template file of templates/ with plain values. A value that the template names and that is missing throws. */
export type RenderTemplate = (file: string, values: object) => string;

/** @param directory absolute path of the templates folder */
export function createTemplates(directory: string): RenderTemplate {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(directory, { noCache: false }), {
    autoescape: false,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  return (file, values) => environment.render(file, values);
}
