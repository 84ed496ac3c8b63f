import PDFDocument from 'pdfkit';
import { encode } from 'uqr';
import { layoutA4 } from './a4.js';
import type { Mark, Page } from './frame.js';
import type { Sheet } from './sheet.js';
import { layoutSlip } from './slip.js';
import type { Typeface } from './typeface.js';

type Pdf = InstanceType<typeof PDFDocument>;
type FontSource = Parameters<Pdf['registerFont']>[1];

const nameOf = (bold: boolean): string => (bold ? 'bold' : 'regular');

/** A sheet as the bytes of a PDF. Takes the processor for as long as it runs: call it in a thread of its own. */
export async function printSheet(sheet: Sheet, typeface: Typeface): Promise<Uint8Array> {
  const layout = sheet.format === 'A4' ? layoutA4 : layoutSlip;
  const pages = layout(sheet, typeface);
  const pdf = new PDFDocument({
    autoFirstPage: false,
    margin: 0,
    lang: sheet.style.language,
    info: { Title: `${sheet.title} ${sheet.number}`, Author: sheet.letterhead.name, Producer: 'TSH ERP' },
  });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  for (const bold of [false, true]) {
    pdf.registerFont(nameOf(bold), typeface.weight(bold).font as unknown as FontSource);
  }
  const logo = sheet.letterhead.logo && Buffer.from(sheet.letterhead.logo.png);
  for (const page of pages) {
    pdf.addPage({ size: [page.width, page.height], margin: 0 });
    drawPage({ pdf, typeface, logo }, page);
  }
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

interface Drawing {
  pdf: Pdf;
  typeface: Typeface;
  logo: Buffer | null;
}

function drawPage(drawing: Drawing, page: Page): void {
  for (const mark of page.marks) {
    if (mark.kind !== 'stamp') draw(drawing, mark);
  }
  // Over everything else, so that no shade hides it.
  for (const mark of page.marks) {
    if (mark.kind === 'stamp') drawStamp(drawing, page, mark);
  }
}

function draw({ pdf, typeface, logo }: Drawing, mark: Exclude<Mark, { kind: 'stamp' }>): void {
  switch (mark.kind) {
    case 'text':
      return drawText({ pdf, typeface }, mark);
    case 'line':
      return void pdf
        .moveTo(mark.x, mark.y)
        .lineTo(mark.x + mark.width, mark.y)
        .lineWidth(0.6)
        .strokeColor(mark.color)
        .stroke();
    case 'box':
      return void pdf.rect(mark.x, mark.y, mark.width, mark.height).fill(mark.color);
    case 'logo':
      if (logo) pdf.image(logo, mark.x, mark.y, { width: mark.width, height: mark.height });
      return;
    case 'code':
      return drawCode(pdf, mark);
  }
}

type TextMark = Extract<Mark, { kind: 'text' }>;

function drawText({ pdf, typeface }: Omit<Drawing, 'logo'>, mark: Omit<TextMark, 'kind'>): void {
  const weight = typeface.weight(mark.bold);
  pdf.font(nameOf(mark.bold), mark.size).fillColor(mark.color);
  let { x } = mark;
  for (const run of mark.runs) {
    const width = weight.width(run) * mark.size;
    // With features the run is laid out as a whole; pdfkit would lay out word by word otherwise, from left to right.
    pdf.text(run.text, x, mark.baseline, { lineBreak: false, features: [], baseline: 'alphabetic' });
    x += width;
  }
}

function drawCode(pdf: Pdf, { url, x, y, size }: Extract<Mark, { kind: 'code' }>): void {
  const { data, size: modules } = encode(url, { ecc: 'M', border: 0 });
  const module = size / modules;
  data.forEach((row, line) => {
    for (let from = 0; from < modules; from += 1) {
      if (!row[from]) continue;
      let to = from;
      while (row[to + 1]) to += 1;
      // A hair wider, so that viewers leave no white seams between modules.
      pdf.rect(x + from * module, y + line * module, (to - from + 1) * module + 0.05, module + 0.05);
      from = to;
    }
  });
  pdf.fill('#000000');
}

function drawStamp(
  { pdf, typeface }: Drawing,
  page: Page,
  { runs, size, width }: Extract<Mark, { kind: 'stamp' }>,
): void {
  pdf.save();
  pdf.rotate(-35, { origin: [page.width / 2, page.height / 2] }).fillOpacity(0.18);
  const x = (page.width - width) / 2;
  drawText({ pdf, typeface }, { runs, x, baseline: page.height / 2 + size / 3, size, bold: true, color: '#c81e1e' });
  pdf.restore();
}
