import { Invalid } from './invalid.ts';

/** Matches `$$`, `$name` and `${name}`. The name may contain dots. Any other dollar sign stays as it is. */
const REFERENCE = /\$(?:(?<dollar>\$)|(?<bare>[a-z_][\w.]*)|\{(?<braced>[a-z_][\w.]*)\})/gi;

/**
 * Replaces the references to other options in a value. `\$` means `$$`, as in oslo.config.
 * @param textOf returns the text of the option to which a reference (`name` or `group.name`) refers
 * @returns Invalid if a reference has no text; the reason names the reference
 */
export function replaceReferences(
  text: string,
  textOf: (reference: string) => string | Invalid,
): string | Invalid {
  let fault: Invalid | undefined;
  const replaced = text
    .replaceAll('\\$', '$$$$')
    .replaceAll(REFERENCE, (_whole, dollar?: string, bare?: string, braced?: string) => {
      const reference = bare ?? braced;
      if (dollar !== undefined || reference === undefined) return '$';
      const found = textOf(reference);
      if (!(found instanceof Invalid)) return found;
      fault ??= found;
      return '';
    });
  return fault ?? replaced;
}
