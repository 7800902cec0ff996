/** The wire form of events, version 1: the TypeScript side of `nbassess_events`. */

export const WIRE_VERSION = 1;

/** The cell id under which the text of a text file is recorded. */
export const FILE_CELL = 'file';

/** What made a change. `unknown` where nobody can say. */
export type Source =
  | 'type'
  | 'compose' // an input method or a dead key
  | 'paste'
  | 'drop'
  | 'cut'
  | 'undo'
  | 'redo'
  | 'complete' // tab completion
  | 'inline' // inline completion
  | 'replace' // find and replace
  | 'cells' // text that a command moved between cells: split, merge
  | 'programmatic' // a program: a formatter, setSource
  | 'unknown';

export type CellAction = 'insert' | 'delete' | 'move' | 'type' | 'split' | 'merge' | 'paste' | 'cut' | 'other';

export type FocusState = 'focus' | 'blur' | 'visible' | 'hidden' | 'fullscreen' | 'windowed';

export type KernelState = 'started' | 'restarted' | 'interrupted' | 'died' | 'stopped';

/** Where text that was put in had been seen before: own cells, the prompt, own outputs, copied or cut in this page. */
export type SeenIn = 'cell' | 'prompt' | 'output' | 'copied';

export interface ICellState {
  id: string;
  cell_type: string;
  source: string;
}

/** [position, delete count, inserted text], in UTF-16 code units; a list is applied one after the other. */
export type TextOp = [number, number, string];

/** [index, delete count, inserted cells]; a list is applied one after the other. */
export type CellsOp = [number, number, ICellState[]];

/** An output as nbformat stores it. */
export type Output = { [key: string]: unknown };

export interface IEditEvent {
  type: 'edit';
  path: string;
  cell: string;
  source: Source;
  ops: TextOp[];
}

export interface ICellsEvent {
  type: 'cells_changed';
  path: string;
  action: CellAction;
  /** Absent means `unknown`; the default is never written. */
  source?: Exclude<Source, 'unknown'>;
  ops: CellsOp[];
}

export interface IExecutionEvent {
  type: 'execution_finished';
  path: string;
  cell: string;
  ok: boolean;
  execution_count: number | null;
  duration_ms: number;
  outputs: Output[];
  truncated: boolean;
}

/** Text came in by the clipboard, a drop or pasted cells; right before the change that it became. Never the text itself. */
export interface IPastedEvent {
  type: 'pasted';
  path: string;
  /** Empty for several cells. */
  cell: string;
  via: 'paste' | 'drop' | 'cells';
  length: number;
  /** Of the text as UTF-8, in hex. */
  sha256: string;
  seen: SeenIn[];
}

/** The buffer was full: what was dropped, in numbers. Second event of the client that begins then. */
export interface IDroppedEvent {
  type: 'detail_dropped';
  from_ms: number;
  to_ms: number;
  events: number;
  edits: number;
  runs: number;
  inserted: number;
}

/** What an observer emits; the recorder adds `seq` and `t_ms`. */
export type EventBody =
  | { type: 'client_started'; recorder: string; lab: string }
  | { type: 'notebook_opened'; path: string; cells: ICellState[] }
  | { type: 'file_opened'; path: string; text: string }
  | IEditEvent
  | ICellsEvent
  | IPastedEvent
  | { type: 'execution_started'; path: string; cell: string }
  | IExecutionEvent
  | { type: 'kernel_changed'; path: string; state: KernelState }
  | { type: 'active_cell'; path: string; cell: string }
  | { type: 'selection'; path: string; cell: string; first_line: number; last_line: number; length: number }
  | { type: 'scrolled'; path: string; first_cell: string; last_cell: string }
  | { type: 'focus'; state: FocusState }
  | { type: 'save_started'; path: string }
  | { type: 'saved'; path: string }
  | { type: 'heartbeat'; wall_ms: number }
  | IDroppedEvent
  | { type: 'submit_requested'; documents: Record<string, string> };

/** An event in its place in the sequence of one client. */
export type WireEvent = EventBody & { seq: number; t_ms: number };

export interface IBatch {
  v: typeof WIRE_VERSION;
  client: string;
  events: WireEvent[];
}
