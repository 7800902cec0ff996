/** One sitting in one page: makes the parts, joins them, and takes them down again. */
import { JupyterFrontEnd, JupyterLab } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { DisposableSet, IDisposable } from '@lumino/disposable';

import { openStore } from './buffer';
import { saveWhileLeaving } from './leaving';
import { AttentionObserver } from './observers/attention';
import { Attribution } from './observers/attribution';
import { ClipboardObserver } from './observers/clipboard';
import { DocumentsObserver, ITrackers } from './observers/documents';
import { observeActions, observeEditors, SelectionListener } from './observers/editing';
import { FocusObserver } from './observers/focus';
import { Heartbeat } from './observers/heartbeat';
import { promptStore, Seen } from './observers/seen';
import { IVersions, pageNowMs, randomClient, Recorder } from './recorder';
import { requestAPI, sendBeacon, streamUrl } from './requests';
import { Saving } from './saving';
import { ISitting, SittingModel } from './sitting';
import { announceEnd, submit } from './submission';
import { OtherTabs } from './tabs';
import { Transport } from './transport';

const SITTING_ENDED = 'the sitting has ended';
/** A server that stands still never answers; after this long it counts as away. */
const ANSWER_MS = 8_000;

export interface ISessionParts {
  app: JupyterFrontEnd;
  trackers: ITrackers;
  editors: IEditorExtensionRegistry;
  versions: IVersions;
}

/** What is joined before the recording begins. */
interface IEditing {
  attribution: Attribution;
  actions: IDisposable;
  onSelection: SelectionListener;
}

function startEditing({ app, editors }: ISessionParts): IEditing {
  const attribution = new Attribution();
  const actions = observeActions(app, attribution);
  const editing: IEditing = { attribution, actions, onSelection: () => undefined };
  observeEditors(editors, attribution, (model, update) => editing.onSelection(model, update));
  return editing;
}

export class Session extends DisposableSet {
  readonly sitting = new SittingModel(
    () => requestAPI<ISitting>('sitting', { signal: AbortSignal.timeout(ANSWER_MS) }),
    () => performance.now()
  );
  readonly tabs: OtherTabs | null;

  /** Begin to record; resolves when the parts are joined. */
  static async start(parts: ISessionParts): Promise<Session> {
    // Before anything waits: an editor that is made meanwhile is not observed.
    const editing = startEditing(parts);
    const address = PageConfig.getBaseUrl();
    const store = await openStore(`nbassess:${address}`);
    const transport = new Transport({
      url: streamUrl,
      store,
      nowMs: pageNowMs,
      wallMs: Date.now,
      onRestart: dropped => recorder.restart(dropped),
      beacon: sendBeacon
    });
    const recorder = new Recorder(transport, parts.versions, pageNowMs, randomClient);
    return new Session(parts, editing, transport, recorder);
  }

  private constructor(
    private readonly parts: ISessionParts,
    editing: IEditing,
    readonly transport: Transport,
    private readonly recorder: Recorder
  ) {
    super();
    recorder.start();
    const seen = new Seen(promptStore(), `nbassess-prompt:${PageConfig.getBaseUrl()}:`);
    this._documents = new DocumentsObserver({ recorder, seen }, editing.attribution, parts.trackers, pageNowMs);
    this.add(this._documents);
    this.add(new ClipboardObserver(parts.app, seen));
    this.add(new Heartbeat(recorder));
    this.add(editing.actions);
    this.add(transport);
    this.add(this.sitting);
    this._editing = editing;
    this.tabs = this._greetTabs();
    this.add(this._saving());
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
    return submit({ sitting, transport, recorder, documents: this._documents });
  }

  private _greetTabs(): OtherTabs | null {
    if (typeof BroadcastChannel === 'undefined') {
      return null;
    }
    const channel = new BroadcastChannel(`nbassess:${PageConfig.getBaseUrl()}`);
    const tabs = new OtherTabs(channel, randomClient(), Date.now);
    this.add(tabs);
    return tabs;
  }

  private _saving(): Saving {
    const { app } = this.parts;
    const { sitting, transport } = this;
    const info = app instanceof JupyterLab ? app.info : null;
    const saving = new Saving({
      ...{ sitting, transport, contents: app.serviceManager.contents, contexts: () => this._documents.contexts },
      setConnected: isConnected => {
        if (info !== null) {
          info.isConnected = isConnected;
        }
      }
    });
    this._documents.forEachContext(context => saving.watch(context));
    return saving;
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
      this._documents.close();
      void announceEnd(this.sitting);
    }
  }

  /** Record no more than the consent page says: the cell at work from `basic` on; at `full` also focus and view. */
  private _watch(level: 'none' | 'basic' | 'full'): void {
    if (level !== 'none') {
      this._documents.recordActiveCells();
    }
    if (level === 'full') {
      const documents = this._documents;
      const { notebooks } = this.parts.trackers;
      const attention = new AttentionObserver(this.recorder, notebooks, model => documents.placeOf(model));
      this._editing.onSelection = (model, update) => attention.selected(model, update);
      this.add(attention);
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
    if (!this.sitting.isOver) {
      this._documents.leaving();
    }
    this.transport.leave();
    if (!this.sitting.isOver) {
      saveWhileLeaving(this._documents.contexts);
    }
    this.tabs?.leave();
  };

  private readonly _onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      void this.sitting.refresh();
    } else {
      this.transport.leave();
    }
  };

  private readonly _documents: DocumentsObserver;
  private readonly _editing: IEditing;
  private _watchesAttention = false;
  private _isEnded = false;
  private _deadlineTimer = 0;
}
