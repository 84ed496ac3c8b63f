/** Something outside keeps the program from starting: printed as one line, exit code 1, never with a stack trace. */
export class StartFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartFault';
  }
}
