/** The one way to talk to the recorder's server extension over HTTP. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { RequestError } from './errors';

const NAMESPACE = 'nbassess';
/** What proxy and hub answer in place of a server that is not there; the server itself answers in our error shape. */
const IN_ITS_PLACE: ReadonlySet<number> = new Set([403, 424, 502, 503, 504]);

/** Call an endpoint of the server extension; rejects with a RequestError. */
export async function requestAPI<T>(endPoint: string, init: RequestInit = {}): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, NAMESPACE, endPoint);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch {
    throw unreachable();
  }
  const body: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { error } = body as { error?: { code?: string; message?: string } };
    if (error === undefined && IN_ITS_PLACE.has(response.status)) {
      throw unreachable();
    }
    const { code, message } = error ?? {};
    throw new RequestError(message ?? `The server answered ${response.status}.`, code ?? 'unknown', response.status);
  }
  return body as T;
}

function unreachable(): RequestError {
  return new RequestError('The server of this sitting cannot be reached. Try again in a moment.', 'unreachable', 0);
}

/** The address of the event stream, with the token where cookies are not used. */
export function streamUrl(): string {
  const settings = ServerConnection.makeSettings();
  return withQuery(URLExt.join(settings.wsUrl, NAMESPACE, 'stream'), tokenOf(settings));
}

/** Send what outlives the page. A beacon has no headers: the XSRF token travels in the address. */
export function sendBeacon(text: string): void {
  const settings = ServerConnection.makeSettings();
  const xsrf = document.cookie.match(/\b_xsrf=([^;]*)\b/)?.[1];
  const url = withQuery(URLExt.join(settings.baseUrl, NAMESPACE, 'beacon'), {
    ...tokenOf(settings),
    ...(xsrf === undefined ? {} : { _xsrf: xsrf })
  });
  navigator.sendBeacon(url, new Blob([text], { type: 'application/json' }));
}

function tokenOf(settings: ServerConnection.ISettings): Record<string, string> {
  return settings.appendToken && settings.token ? { token: settings.token } : {};
}

function withQuery(url: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? url : `${url}?${text}`;
}
