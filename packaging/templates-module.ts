import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import nunjucks from 'nunjucks';
import { TEMPLATE_OPTIONS } from '../src/render/template-options.ts';

/**
 * The text of a module that stands for src/render/templates.ts in a bundle: the same function, with all templates
 * compiled, so that nothing is read or compiled at run time.
 */
export async function templatesModule(root: string): Promise<string> {
  const directory = path.join(root, 'templates');
  const entries = await readdir(directory, { recursive: true });
  const names = entries.filter((name) => name.endsWith('.njk')).sort();
  const environment = new nunjucks.Environment(null, TEMPLATE_OPTIONS);
  const compiled = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(directory, name), 'utf8');
      return nunjucks.precompileString(text, { name, env: environment, wrapper: asProperties });
    }),
  );
  return `import nunjucks from 'nunjucks/browser/nunjucks-slim.js';
import { TEMPLATE_OPTIONS } from './template-options.ts';

const TEMPLATES = {
${compiled.join('')}};

export function createTemplates() {
  const environment = new nunjucks.Environment(new nunjucks.PrecompiledLoader(TEMPLATES), TEMPLATE_OPTIONS);
  return (file, values) => environment.render(file, values);
}
`;
}

/** @param templates a list, whatever the types of Nunjucks say */
const asProperties = (templates: { name: string; template: string }): string =>
  [templates]
    .flat()
    .map(({ name, template }) => `${JSON.stringify(name)}: (() => {${template}})(),\n`)
    .join('');
