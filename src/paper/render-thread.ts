import { parentPort } from 'node:worker_threads';
import { printSheet } from './pdf.js';
import { type PrintJob, sheetOf } from './print-job.js';
import { openTypeface } from './typeface.js';

/** The thread that makes papers: one document comes in, its bytes or what went wrong go out. Fonts are read once. */
export type Rendered = { bytes: Uint8Array } | { fault: string };

const typeface = openTypeface();

parentPort?.on('message', (job: PrintJob) => {
  void render(job).then((rendered) => parentPort?.postMessage(rendered));
});

async function render(job: PrintJob): Promise<Rendered> {
  try {
    return { bytes: await printSheet(sheetOf(job), typeface) };
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
