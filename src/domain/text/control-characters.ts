const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, DELETE] = [0x09, 0x0a, 0x0d, 0x20, 0x7f];
const MARK = '?'.charCodeAt(0);

/**
 * A text with `?` in the place of each control character of ASCII but tab, line feed and carriage return. No configuration
 * needs one, and in JSON each takes six bytes. Works on bytes: replacing three million in a string takes 100 MiB.
 * @returns a copy; letters of UTF-8 and of latin1 stay as they are
 */
export function withoutControlCharacters(text: Buffer): Buffer {
  const shown = Buffer.from(text);
  for (let at = 0; at < shown.length; at += 1) {
    const byte = shown[at] ?? 0;
    if (byte >= SPACE && byte !== DELETE) continue;
    if (byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) shown[at] = MARK;
  }
  return shown;
}
