/** What happens to the documents when the page goes. */
import { URLExt } from '@jupyterlab/coreutils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { ServerConnection } from '@jupyterlab/services';

/**
 * Write the unsaved documents to disk while the page goes away. Without this, a page that is loaded again would show them
 * without what was typed since the last autosave, while the recording has it.
 * Browsers let at most 64 KiB outlive a page; of a larger document the last autosave stands.
 */
export function saveWhileLeaving(contexts: DocumentRegistry.Context[]): void {
  for (const context of contexts) {
    const { model, path, contentsModel } = context;
    if (model.dirty) {
      const isNotebook = contentsModel?.type === 'notebook';
      const kind = isNotebook ? { type: 'notebook', format: 'json' } : { type: 'file', format: 'text' };
      const content = isNotebook ? model.toJSON() : withLineEnds(model.toString(), lineEndOf(context));
      void put(path, JSON.stringify({ ...kind, content })).catch(() => undefined);
    }
  }
}

/** JupyterLab edits with LF and remembers, in a field of its own, what the file had. */
function lineEndOf(context: DocumentRegistry.Context): string | null {
  return (context as unknown as { _lineEnding?: string | null })._lineEnding ?? null;
}

/** Write a text with the line ends that its file has. */
export function withLineEnds(text: string, lineEnd: string | null): string {
  return lineEnd === null ? text : text.replace(/\n/g, lineEnd);
}

function put(path: string, body: string): Promise<Response> {
  const settings = ServerConnection.makeSettings();
  const url = URLExt.join(settings.baseUrl, 'api/contents', URLExt.encodeParts(path));
  return ServerConnection.makeRequest(url, { method: 'PUT', body, keepalive: true }, settings);
}
