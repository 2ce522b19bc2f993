import path from 'node:path';
import type { RenderTemplate } from './templates.ts';

/**
 * What keepalived is started with: settings of the agent, and the configuration that was uploaded, which says nothing of
 * who runs its scripts (keepalived.conf(5), `script_user`, `enable_script_security`, `include`).
 * @param files absolute paths of this file and of that configuration
 * @param options.isScriptSecure whether keepalived runs only scripts that nobody but root may change
 */
export const renderKeepalivedMain = (
  render: RenderTemplate,
  files: { readonly mainConfig: string; readonly config: string },
  options: { readonly isScriptSecure: boolean },
): string =>
  // keepalived takes no quotes around a path, and looks for a relative one from the file that names it
  render('keepalived-main.conf.njk', {
    uploaded: path.relative(path.dirname(files.mainConfig), files.config),
    ...options,
  });
