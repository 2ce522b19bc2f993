import { Invalid } from './invalid.ts';
import { OPTION_KEYS, OPTIONS, type OptionKey, REQUIRED } from './options.ts';
import type { IniSections } from './oslo-ini.ts';
import { replaceReferences } from './references.ts';

/** The text of an option in the file. */
export interface FoundText {
  readonly section: string;
  /** the text as written, with its references */
  readonly written: string;
  /** the text with each reference replaced by its value */
  readonly text: string | Invalid;
}

/** The options in the sections of a file. */
export interface OptionTexts {
  /** Returns the text of an option; undefined if the file doesn't have the option. */
  find(key: OptionKey): FoundText | undefined;
}

/**
 * Creates the lookup. References work as in oslo.config, except that nothing can refer to a list, and only a secret can
 * refer to a secret.
 */
export function createOptionTexts(sections: IniSections): OptionTexts {
  /** @param trail the options whose references led to this one */
  function find(key: OptionKey, trail: readonly OptionKey[]): FoundText | undefined {
    const { sections: places, name, secret } = OPTIONS[key];
    const section = places.find((place) => sections.get(place)?.has(name));
    const written = section && sections.get(section)?.get(name);
    if (section === undefined || written === undefined) return undefined;
    const text = replaceReferences(written, (reference) => {
      const referred = referredText(key, findOption(reference, section), [...trail, key]);
      if (!(referred instanceof Invalid)) return referred;
      return secret
        ? new Invalid('refers to an option that has no usable value (write $$ for a dollar sign)')
        : new Invalid(`refers to ${reference}, which ${referred.reason}`);
    });
    return { section, written, text };
  }

  function referredText(
    from: OptionKey,
    to: OptionKey | undefined,
    trail: readonly OptionKey[],
  ): string | Invalid {
    if (to === undefined) return new Invalid('is unknown');
    if (trail.includes(to)) return new Invalid('refers back to it');
    if (OPTIONS[to].secret && !OPTIONS[from].secret) return new Invalid('is a secret');
    const text = find(to, trail)?.text ?? presetText(to);
    return text instanceof Invalid ? text : OPTIONS[to].type.referred(text);
  }

  return { find: (key) => find(key, []) };
}

/** Finds the option of a reference: `name` in the section that uses it, then in DEFAULT; `group.name` in section `group`. */
function findOption(reference: string, section: string): OptionKey | undefined {
  const dot = reference.indexOf('.');
  const places =
    dot < 0 ? [section, 'DEFAULT'] : [reference.slice(0, dot)].filter((group) => group !== 'DEFAULT');
  const name = reference.slice(dot + 1);
  for (const place of places) {
    const key = OPTION_KEYS.find(
      (one) => OPTIONS[one].name === name && OPTIONS[one].sections.includes(place),
    );
    if (key !== undefined) return key;
  }
  return undefined;
}

function presetText(key: OptionKey): string {
  const preset = OPTIONS[key].default;
  return preset === undefined || preset === REQUIRED ? '' : String(preset);
}
