import { Invalid } from './invalid.ts';
import { OPTION_KEYS, OPTIONS, type OptionKey, REQUIRED } from './options.ts';
import type { IniSections } from './oslo-ini.ts';
import { replaceReferences } from './references.ts';

/** An option as the file has it. */
export interface FoundText {
  readonly section: string;
  /** with its references */
  readonly written: string;
  /** with what they mean in their place */
  readonly text: string | Invalid;
}

/** Looks options up in the sections of a file. */
export interface OptionTexts {
  /** undefined where the file doesn't have the option */
  find(key: OptionKey): FoundText | undefined;
}

/** References follow oslo.config, but a list and a secret (except from a secret) can't be referred to. */
export function createOptionTexts(sections: IniSections): OptionTexts {
  /** @param trail the options whose references led here */
  function find(key: OptionKey, trail: readonly OptionKey[]): FoundText | undefined {
    const { sections: places, name, secret } = OPTIONS[key];
    const section = places.find((place) => sections.get(place)?.has(name));
    const written = section && sections.get(section)?.get(name);
    if (section === undefined || written === undefined) return undefined;
    const text = replaceReferences(written, (reference) => {
      const referred = referredText(key, findOption(reference, section), [...trail, key]);
      if (!(referred instanceof Invalid)) return referred;
      return secret
        ? new Invalid('refers to an option without a text to give (a dollar sign itself is written $$)')
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

/** `name` is looked for in the section it is used in, then in DEFAULT; `group.name` in that section. */
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
