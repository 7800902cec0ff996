/** Keep what a cell printed within bounds, so that one chatty cell cannot flood the recording. */
import { Output } from './events';

export const OUTPUT_LIMIT = 64 * 1024;
export const OUTPUT_COUNT_LIMIT = 200;
/** Well below what the collector refuses: rich data nested deeper is kept as its plain text. */
export const OUTPUT_DEPTH_LIMIT = 50;

const CUT_MARK = '\n… (cut by the recorder)';

export interface IBounded {
  outputs: Output[];
  truncated: boolean;
}

/** Return the outputs from the first on, as far as `limit` characters of JSON reach. */
export function boundOutputs(outputs: Output[], limit = OUTPUT_LIMIT): IBounded {
  const kept: Output[] = [];
  let left = limit;
  for (const output of outputs) {
    const size = isDeeper(output, OUTPUT_DEPTH_LIMIT) ? Infinity : JSON.stringify(output).length;
    if (size > left || kept.length === OUTPUT_COUNT_LIMIT) {
      const short = kept.length < OUTPUT_COUNT_LIMIT ? shortened(output, left) : null;
      return { outputs: short === null ? kept : [...kept, short], truncated: true };
    }
    kept.push(output);
    left -= size;
  }
  return { outputs: kept, truncated: false };
}

/** Code in a cell can make the kernel count anything; what the server would refuse must not reach it. */
export function countOf(count: number | null): number | null {
  return Number.isSafeInteger(count) && count! >= 0 ? count : null;
}

function isDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return limit === 0 || Object.values(value).some(inner => isDeeper(inner, limit - 1));
}

/** Cut a stream, or reduce rich data to its plain text; null when not even that fits. */
function shortened(output: Output, limit: number): Output | null {
  // Escapes can make JSON up to six times longer than the text.
  const room = Math.floor((limit - 300) / 6);
  if (room < 100) {
    return null;
  }
  if (output.output_type === 'stream') {
    return { ...output, text: cut(plain(output.text), room) };
  }
  const data = output.data as Record<string, unknown> | undefined;
  if (data !== undefined && 'text/plain' in data) {
    return { ...output, metadata: {}, data: { 'text/plain': cut(plain(data['text/plain']), room) } };
  }
  if (output.output_type === 'error') {
    return { ...output, evalue: cut(plain(output.evalue), Math.floor(room / 2)), traceback: [] };
  }
  return null;
}

function plain(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : text.slice(0, room) + CUT_MARK;
}

/** Return an output without what `textOfOutput` does not look at. */
export function withoutPictures(output: Output): Output {
  const data = (output.data ?? {}) as Record<string, unknown>;
  const kinds = ['text/html', 'text/plain', 'text/markdown'].filter(kind => kind in data);
  return { ...output, data: Object.fromEntries(kinds.map(kind => [kind, data[kind]])) };
}

/** Return the text that an output shows, as far as it has one: plain text, the text within HTML, an error. */
export function textOfOutput(output: Output): string {
  const data = (output.data ?? {}) as Record<string, unknown>;
  const rich = plain(data['text/html']).replace(/<[^>]*>/g, ' ');
  const lines = output.traceback === undefined ? '' : [output.traceback].flat().join('\n');
  const text = [plain(output.text), plain(data['text/plain']), plain(data['text/markdown']), unescaped(rich), lines];
  return [...text, plain(output.ename) + ': ' + plain(output.evalue)].join('\n').replace(ANSI_COLOURS, '');
}

const ANSI_COLOURS = /\u001b\[[0-9;]*m/g;

function unescaped(html: string): string {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return html.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => names[name]!);
}
