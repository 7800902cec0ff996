/** What the server extension says over the event stream. */

export type Recording = 'ok' | 'delayed' | 'refused';

/** Everything of a client up to `seq` is on the server's disk. */
export interface IAck {
  kind: 'ack';
  client: string;
  seq: number;
}

/** Something before what was sent is missing: send again from `seq` + 1. */
export interface IGap {
  kind: 'gap';
  client: string;
  seq: number;
}

/** The collector's word, which only it can give: after record `position` the chain's head was `head`. */
export interface ISignedHead {
  position: number;
  head: string;
  at_ms: number;
  key: string;
  signature: string;
}

/** How forwarding to the collector is doing; of `client` it has everything up to `forwarded_seq`. */
export interface IServerState {
  kind: 'state';
  client: string;
  recording: Recording;
  forwarded_seq: number;
  detail: string;
  head?: ISignedHead | null;
}

export type Message = IAck | IGap | IServerState;
