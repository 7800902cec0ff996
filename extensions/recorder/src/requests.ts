/** The one way to talk to the recorder's server extension over HTTP. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

const NAMESPACE = 'nbassess';

/** What went wrong, in the service's own words where it has any. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number
  ) {
    super(message);
  }
}

/** Call an endpoint of the server extension; rejects with a RequestError. */
export async function requestAPI<T>(endPoint: string, init: RequestInit = {}): Promise<T> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, NAMESPACE, endPoint);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch {
    throw new RequestError('The server of this sitting cannot be reached. Try again in a moment.', 'unreachable', 0);
  }
  const body: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { code, message } = (body as { error?: { code?: string; message?: string } }).error ?? {};
    throw new RequestError(message ?? `The server answered ${response.status}.`, code ?? 'unknown', response.status);
  }
  return body as T;
}

/** The address of the event stream, with the token where cookies are not used. */
export function streamUrl(): string {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.wsUrl, NAMESPACE, 'stream');
  return settings.appendToken && settings.token ? `${url}?token=${encodeURIComponent(settings.token)}` : url;
}
