/** An upgrade that can't go on. The former packages are installed again. No answer of the API has it. */
export class UpgradeFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpgradeFailed';
  }
}
