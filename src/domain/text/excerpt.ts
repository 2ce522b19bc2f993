/** A text that comes in parts. Of a long one only the beginning and the end are kept. */
export interface Excerpt {
  add(part: string): void;
  /** What is kept. Between beginning and end, a line says how many characters are left out. */
  text(): string;
}

/** @param limit characters that are kept; half of them of the beginning, half of the end */
export function createExcerpt(limit: number): Excerpt {
  const half = Math.floor(limit / 2);
  let beginning = '';
  let end = '';
  let length = 0;
  return {
    add(part) {
      length += part.length;
      const room = half - beginning.length;
      if (room > 0) beginning += part.slice(0, room);
      if (part.length > room) end = (end + part.slice(Math.max(room, 0))).slice(-half);
    },
    text() {
      const leftOut = length - beginning.length - end.length;
      return leftOut === 0 ? beginning + end : `${beginning}\n… ${leftOut} characters left out …\n${end}`;
    },
  };
}
