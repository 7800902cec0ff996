/** The truth about one open text file: its shared text, recorded as the one cell of a document. */
import { IDisposable } from '@lumino/disposable';

import { FILE_CELL } from '../events';
import { Attribution } from './attribution';
import { DocumentRecord, fileCell, IShared } from './record';
import { IObservableText, watchText } from './texts';

/** The shared model of a text file; `ysource` is there but not declared. */
export interface ITextModel {
  getSource(): string;
}

export class FileObserver implements IDisposable {
  readonly record: DocumentRecord;

  constructor(shared: IShared, attribution: Attribution, file: ITextModel, path: string) {
    this.record = new DocumentRecord(shared, 'file', path, () => [fileCell(file.getSource())]);
    const text = (file as unknown as { ysource: IObservableText }).ysource;
    this._watch = watchText(text, attribution, (delta, source) => {
      this.record.edited(FILE_CELL, () => 0, delta, source);
    });
  }

  get isDisposed(): boolean {
    return this._watch.isDisposed;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._watch.dispose();
      this.record.dispose();
    }
  }

  private readonly _watch: IDisposable;
}
