import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import nunjucks from 'nunjucks';
import { TEMPLATE_OPTIONS } from '../../src/render/template-options.ts';

/**
 * Returns the text of the module that replaces src/render/templates.ts in a bundle. It has the same function, with all
 * templates compiled, so that the agent reads and compiles nothing at run time.
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

/** Returns the properties of an object of templates. @param templates a list, though Nunjucks declares one template */
const asProperties = (templates: { name: string; template: string }): string =>
  [templates]
    .flat()
    .map(({ name, template }) => `${JSON.stringify(name)}: (() => {${template}})(),\n`)
    .join('');
