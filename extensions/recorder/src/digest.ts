/** SHA-256 that works everywhere and at once: plain HTTP has no `crypto.subtle`, and an event cannot wait for a promise. */
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

const HALF_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Return the SHA-256 of a text as UTF-8, in hex. Half a surrogate pair counts as the three bytes it would be. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8(text)));
}

function utf8(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (!HALF_PAIR.test(text)) {
    return encoder.encode(text);
  }
  const parts = text.split(new RegExp(`(${HALF_PAIR.source})`));
  const bytes = parts.flatMap((part, index) => (index % 2 === 1 ? threeBytes(part) : [...encoder.encode(part)]));
  return Uint8Array.from(bytes);
}

function threeBytes(half: string): number[] {
  const unit = half.charCodeAt(0);
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}
