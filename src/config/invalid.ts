/** What keeps a text from being the value of an option, worded to follow the text: `"x" is not a whole number`. */
export class Invalid {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
