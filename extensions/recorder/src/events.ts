/** The wire form of events, version 1: the TypeScript side of `nbassess_events`. */

export const WIRE_VERSION = 1;

/** What made a change to a cell's text. `unknown` where nobody can say. */
export type EditSource =
  | 'type'
  | 'paste'
  | 'cut'
  | 'undo'
  | 'redo'
  | 'complete'
  | 'programmatic'
  | 'unknown';

export type CellAction = 'insert' | 'delete' | 'move' | 'type' | 'other';

export type FocusState = 'focus' | 'blur' | 'visible' | 'hidden';

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
  source: EditSource;
  ops: TextOp[];
}

/** What an observer emits; the recorder adds `seq` and `t_ms`. */
export type EventBody =
  | { type: 'client_started'; recorder: string; lab: string }
  | { type: 'notebook_opened'; path: string; cells: ICellState[] }
  | IEditEvent
  | { type: 'cells_changed'; path: string; action: CellAction; ops: CellsOp[] }
  | { type: 'execution_started'; path: string; cell: string }
  | {
      type: 'execution_finished';
      path: string;
      cell: string;
      ok: boolean;
      execution_count: number | null;
      duration_ms: number;
      outputs: Output[];
      truncated: boolean;
    }
  | { type: 'active_cell'; path: string; cell: string }
  | { type: 'focus'; state: FocusState }
  | { type: 'saved'; path: string }
  | { type: 'submit_requested'; documents: Record<string, string> };

/** An event in its place in the sequence of one client. */
export type WireEvent = EventBody & { seq: number; t_ms: number };

export interface IBatch {
  v: typeof WIRE_VERSION;
  client: string;
  events: WireEvent[];
}
