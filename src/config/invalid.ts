/** The reason why a text is no value of an option. It continues a sentence that begins with the text: `"x" is not …`. */
export class Invalid {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
