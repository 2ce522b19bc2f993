/** An excerpt of a text that arrives in parts. It keeps only the beginning and the end of a long text. */
export interface Excerpt {
  add(part: string): void;
  /** Returns the kept text. A line between beginning and end says how many characters are left out. */
  text(): string;
}

/** Creates an empty excerpt. @param limit number of kept characters, half from the beginning and half from the end */
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
