import { parentPort } from 'node:worker_threads';
import { printSheet } from './pdf.js';
import type { Sheet } from './sheet.js';
import { openTypeface } from './typeface.js';

/** The thread that makes papers: one sheet comes in, its bytes or what went wrong go out. Fonts are read once. */
export type Rendered = { bytes: Uint8Array } | { fault: string };

const typeface = openTypeface();

parentPort?.on('message', (sheet: Sheet) => {
  void render(sheet).then((rendered) => parentPort?.postMessage(rendered));
});

async function render(sheet: Sheet): Promise<Rendered> {
  try {
    return { bytes: await printSheet(sheet, typeface) };
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
