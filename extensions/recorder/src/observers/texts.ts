/** Every change of one shared text, with who made it. */
import { DisposableDelegate, IDisposable } from '@lumino/disposable';

import { IDeltaPart } from '../delta';
import { Source } from '../events';
import { Attribution } from './attribution';

export interface ITransaction {
  origin: unknown;
  local: boolean;
}

type TextHandler = (event: { delta: IDeltaPart<string>[] }, transaction: ITransaction) => void;

/** The part of a Yjs text that is observed; the shared models have it but do not declare it. */
export interface IObservableText {
  observe(handler: TextHandler): void;
  unobserve(handler: TextHandler): void;
}

/** Tell about every change of a text until disposed. */
export function watchText(
  text: IObservableText,
  attribution: Attribution,
  onChange: (delta: IDeltaPart<string>[], source: Source) => void
): IDisposable {
  const handler: TextHandler = (event, { origin, local }) => {
    const { delta } = event;
    const inserted = delta.map(part => part.insert ?? '').join('');
    onChange(delta, attribution.sourceOfEdit(origin, local, text, inserted));
  };
  text.observe(handler);
  return new DisposableDelegate(() => text.unobserve(handler));
}
