/** The receipt of a submission: what the candidate keeps, and can compare with the recording later. */
import { IReceipt } from './sitting';

/** Write a long hash so that people can compare it: its first and last characters. */
export function shortForm(hex: string): string {
  return hex.length <= 20 ? hex : `${hex.slice(0, 8)}…${hex.slice(-8)}`;
}

export function receiptFileName(receipt: IReceipt): string {
  return `receipt-${receipt.submission_id.replace(/[^\w-]/g, '_')}.json`;
}

/** Write the receipt as a file: everything as the service gave it. */
export function receiptText(receipt: IReceipt): string {
  return JSON.stringify({ ...receipt, submitted_at: new Date(receipt.submitted_ms).toISOString() }, null, 2) + '\n';
}

/** Let the browser save the receipt as a file. */
export function downloadReceipt(receipt: IReceipt): void {
  const url = URL.createObjectURL(new Blob([receiptText(receipt)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = receiptFileName(receipt);
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
