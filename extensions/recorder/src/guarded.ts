/** Keep the recorder out of the way: what fails in it must never stop a key, a save or a copy. */

/** Run something of the recorder's within somebody else's call; a failure is reported, and not passed on. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    globalThis.reportError?.(error);
  }
}
