/** What happens to the notebooks when the page goes. */
import { URLExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';

/**
 * Write the unsaved notebooks to disk while the page goes away. Without this, a page that is loaded again would show the
 * notebooks without what was typed since the last autosave, while the recording has it.
 * Browsers let at most 64 KiB outlive a page; of a larger notebook the last autosave stands.
 */
export function saveWhileLeaving(tracker: INotebookTracker): void {
  tracker.forEach(({ context }) => {
    if (context.model.dirty) {
      const body = JSON.stringify({ type: 'notebook', format: 'json', content: context.model.toJSON() });
      void put(context.path, body).catch(() => undefined);
    }
  });
}

function put(path: string, body: string): Promise<Response> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, 'api/contents', URLExt.encodeParts(path));
  return ServerConnection.makeRequest(url, { method: 'PUT', body, keepalive: true }, settings);
}
