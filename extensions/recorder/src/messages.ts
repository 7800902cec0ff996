/** What the server extension says over the event stream. */

export type Recording = 'ok' | 'delayed' | 'refused';

/** Everything of a client up to `seq` is on the server's disk. */
export interface IAck {
  kind: 'ack';
  client: string;
  seq: number;
}

/** How forwarding to the collector is doing; of `client` it has everything up to `forwarded_seq`. */
export interface IServerState {
  kind: 'state';
  client: string;
  recording: Recording;
  forwarded_seq: number;
  detail: string;
}
