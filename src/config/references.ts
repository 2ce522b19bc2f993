import { Invalid } from './invalid.ts';

/** `$$`, `$name`, `${name}`; the name may hold dots. Any other dollar sign stands for itself. */
const REFERENCE = /\$(?:(?<dollar>\$)|(?<bare>[a-z_][\w.]*)|\{(?<braced>[a-z_][\w.]*)\})/gi;

/**
 * Replaces the references to other options in a value (contract section 1). `\$` means `$$`, as for oslo.config.
 * @param textOf the text of the option that a reference (`name` or `group.name`) means
 * @returns Invalid where a reference has no text; the reason names it
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
