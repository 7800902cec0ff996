/** Errors that are told to the candidate. */

/** What went wrong, in the service's own words where it has any. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number
  ) {
    super(message);
  }
}
