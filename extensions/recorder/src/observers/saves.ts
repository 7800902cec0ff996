/**
 * Saves of one document: when the text that is written is taken from the model, and when it is written.
 *
 * JupyterLab says that a save has begun, and others may change the model because of it (a formatter) before the text is
 * taken. So the beginning is recorded when the model is asked for its content, not when the save is announced.
 */
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { DisposableDelegate, DisposableSet, IDisposable } from '@lumino/disposable';

import { around } from '../around';
import { guarded } from '../guarded';
import { Recorder } from '../recorder';
import { DocumentRecord } from './record';

export function observeSaves(
  context: DocumentRegistry.Context,
  record: DocumentRecord,
  recorder: Recorder
): IDisposable {
  let isBeginning = false;
  const onState = (_: unknown, state: DocumentRegistry.SaveState) => {
    isBeginning = state === 'started';
    if (state === 'completed' && !record.isShadow) {
      recorder.emit({ type: 'saved', path: record.path });
    }
  };
  const taken = (call: () => unknown) => {
    if (isBeginning) {
      isBeginning = false;
      guarded(() => recordSave(record, recorder));
    }
    return call();
  };
  context.saveState.connect(onState);
  const all = new DisposableSet();
  all.add(new DisposableDelegate(() => context.saveState.disconnect(onState)));
  all.add(around(context.model, 'toJSON', taken));
  all.add(around(context.model, 'toString', taken));
  return all;
}

/** Record that the document, as it is now, is what a save writes. */
export function recordSave(record: DocumentRecord, recorder: Recorder): void {
  record.check();
  if (!record.isShadow) {
    recorder.emit({ type: 'save_started', path: record.path });
  }
}
