import { extractText, getDocumentProxy, getMeta } from 'unpdf';

/** A PDF as a reader of PDFs understands it, which knows nothing of how it was made. */
export interface ReadPdf {
  pages: string[];
  title: string;
}

export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  const document = await getDocumentProxy(new Uint8Array(bytes));
  const { text } = await extractText(document, { mergePages: false });
  const { info } = await getMeta(document);
  return { pages: text, title: String(info['Title']) };
}
