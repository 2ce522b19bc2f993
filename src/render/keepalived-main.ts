import path from 'node:path';
import type { RenderTemplate } from './templates.ts';

/**
 * Renders the file that keepalived is started with: the agent's settings, and an include of the uploaded configuration,
 * which doesn't say which user runs its scripts (keepalived.conf(5), `script_user`, `enable_script_security`, `include`).
 * @param files absolute paths of this file and of that configuration
 * @param options.isScriptSecure whether keepalived must refuse scripts that users other than root can change
 */
export const renderKeepalivedMain = (
  render: RenderTemplate,
  files: { readonly mainConfig: string; readonly config: string },
  options: { readonly isScriptSecure: boolean },
): string =>
  // keepalived accepts no quotes around a path, and resolves a relative path from the directory of the including file
  render('keepalived-main.conf.njk', {
    uploaded: path.relative(path.dirname(files.mainConfig), files.config),
    ...options,
  });
