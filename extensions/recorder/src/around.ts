/** Run something around a method of somebody else's object, until it is taken off again. */
import { DisposableDelegate, IDisposable } from '@lumino/disposable';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Call `scope` instead of `target[name]`; it gets the call to make, and what the call was made with. Where there is no
 * such method (another version of JupyterLab), nothing happens.
 */
export function around(
  target: object,
  name: string,
  scope: (call: () => unknown, self: unknown, args: unknown[]) => unknown
): IDisposable {
  const holder = target as Record<string, unknown>;
  const original = holder[name];
  if (typeof original !== 'function') {
    return new DisposableDelegate(() => undefined);
  }
  const isOwn = Object.prototype.hasOwnProperty.call(holder, name);
  let isOn = true;
  const wrapped: Method = function (...args) {
    const call = () => (original as Method).apply(this, args);
    return isOn ? scope(call, this, args) : call();
  };
  holder[name] = wrapped;
  return new DisposableDelegate(() => {
    isOn = false;
    // Whoever came later keeps theirs; ours then only passes on.
    if (holder[name] === wrapped && isOwn) {
      holder[name] = original;
    } else if (holder[name] === wrapped) {
      delete holder[name];
    }
  });
}
