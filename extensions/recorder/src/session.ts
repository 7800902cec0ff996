/** One sitting in one page: makes the parts, joins them, and takes them down again. */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { DisposableSet } from '@lumino/disposable';

import { openStore } from './buffer';
import { saveWhileLeaving } from './leaving';
import { Attribution, observeCompletions, observeEditors } from './observers/editing';
import { ExecutionObserver } from './observers/execution';
import { FocusObserver } from './observers/focus';
import { NotebooksObserver } from './observers/notebooks';
import { IVersions, pageNowMs, randomClient, Recorder } from './recorder';
import { streamUrl } from './requests';
import { SittingModel } from './sitting';
import { announceEnd, submit } from './submission';
import { Transport } from './transport';

const SITTING_ENDED = 'the sitting has ended';

export interface ISessionParts {
  app: JupyterFrontEnd;
  tracker: INotebookTracker;
  editors: IEditorExtensionRegistry;
  completions: ICompletionProviderManager | null;
  versions: IVersions;
}

export class Session extends DisposableSet {
  readonly sitting = new SittingModel(() => performance.now());

  /** Begin to record; resolves when the parts are joined. */
  static async start(parts: ISessionParts): Promise<Session> {
    const attribution = new Attribution();
    observeEditors(parts.editors, attribution);
    const store = await openStore(`nbassess:${PageConfig.getBaseUrl()}`);
    const transport = new Transport({
      url: streamUrl,
      store,
      nowMs: pageNowMs,
      onLost: () => recorder.restart()
    });
    const recorder = new Recorder(transport, parts.versions, pageNowMs, randomClient);
    return new Session(parts, attribution, transport, recorder);
  }

  private constructor(
    private readonly parts: ISessionParts,
    attribution: Attribution,
    readonly transport: Transport,
    private readonly recorder: Recorder
  ) {
    super();
    recorder.start();
    this._notebooks = new NotebooksObserver(recorder, attribution, parts.tracker);
    this.add(this._notebooks);
    this.add(new ExecutionObserver(recorder, parts.tracker, pageNowMs));
    this.add(observeCompletions(parts.app, parts.completions, attribution));
    this.add(transport);
    this.add(this.sitting);
    this._joinPage();
    this.sitting.changed.connect(this._sittingChanged, this);
    transport.stateChanged.connect(this._transportChanged, this);
    transport.connect();
    void this.sitting.refresh();
  }

  override dispose(): void {
    window.removeEventListener('pagehide', this._onPageHide);
    document.removeEventListener('visibilitychange', this._onVisible);
    super.dispose();
  }

  /** Ask for confirmation and submit. */
  submit(): Promise<void> {
    const { sitting, transport, recorder } = this;
    return submit({ sitting, transport, recorder, notebooks: this._notebooks });
  }

  private _joinPage(): void {
    window.addEventListener('pagehide', this._onPageHide);
    document.addEventListener('visibilitychange', this._onVisible);
  }

  private _sittingChanged(): void {
    const sitting = this.sitting.sitting;
    if (sitting !== null && !this._watchesAttention) {
      this._watchesAttention = true;
      this._watch(sitting.assessment.monitoring);
    }
    this._watchDeadline();
    if (this.sitting.isOver && !this._isEnded) {
      this._isEnded = true;
      this.recorder.stop();
      this._notebooks.close();
      void announceEnd(this.sitting);
    }
  }

  /** Record no more than the consent page says: the cell at work from `basic` on, the page's focus at `full`. */
  private _watch(level: 'none' | 'basic' | 'full'): void {
    if (level !== 'none') {
      this._notebooks.recordActiveCells();
    }
    if (level === 'full') {
      this.add(new FocusObserver(this.recorder));
    }
  }

  /** Ask the service right after the deadline, so that the end is told without delay. */
  private _watchDeadline(): void {
    window.clearTimeout(this._deadlineTimer);
    const remaining = this.sitting.remainingMs;
    // Timers run at most 24.8 days; whoever has more time is asked again by the regular refresh.
    if (remaining !== null && remaining > 0 && remaining < 2 ** 31 && !this._isEnded) {
      this._deadlineTimer = window.setTimeout(() => {
        this.transport.sendNow();
        void this.sitting.refresh();
      }, remaining + 500);
    }
  }

  private _transportChanged(): void {
    const state = this.transport.state;
    if (state.recording === 'refused' && state.detail === SITTING_ENDED) {
      this.sitting.ended();
    }
  }

  private readonly _onPageHide = (): void => {
    this.transport.sendNow();
    if (!this.sitting.isOver) {
      saveWhileLeaving(this.parts.tracker);
    }
  };

  private readonly _onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      void this.sitting.refresh();
    }
  };

  private readonly _notebooks: NotebooksObserver;
  private _watchesAttention = false;
  private _isEnded = false;
  private _deadlineTimer = 0;
}
