import type { SimulatedItem } from './company.js';

/** The smallest files of each kind that are whole. */
const JPEG = Buffer.from(
  '/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZT' +
    'fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAA' +
    'AAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AJ4B4j//2Q==',
  'base64',
);
const OTHERS: Readonly<Record<number, { type: string; bytes: Buffer }>> = {
  7: {
    type: 'image/png',
    bytes: Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEWgQDCooh8TAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgoA4AAABIAAF7pRHIAAAAAElFTkSuQmCC',
      'base64',
    ),
  },
  17: {
    type: 'image/gif',
    bytes: Buffer.from('R0lGODlhCAAIAIAAAExpcUCgMCH5BAUAAAAALAAAAAAIAAgAAAIHjI+py+1dAAA7', 'base64'),
  },
  27: {
    type: 'image/webp',
    bytes: Buffer.from('UklGRi4AAABXRUJQVlA4ICIAAABwAQCdASoIAAgABABoJaACdAFAAAD+6NcfFDmzuBZ1QAAA', 'base64'),
  },
};

const KINDS = 50;
const COMMENT = 0xfe;

/** A file of its own for every image: the text of its document id is a comment in it. */
function jpegOf(documentId: string): Buffer {
  const text = Buffer.from(documentId, 'latin1');
  const length = text.length + 2;
  return Buffer.concat([
    JPEG.subarray(0, 2),
    Buffer.from([0xff, COMMENT, length >> 8, length & 0xff]),
    text,
    JPEG.subarray(2),
  ]);
}

/** The image of an item, as the door sends it; null when there is none, though its row may say so. */
export function imageOf(
  { imageDocumentId }: SimulatedItem,
  missingPercent: number,
): { type: string; bytes: Buffer } | null {
  if (imageDocumentId === '') return null;
  const number = Number(imageDocumentId.slice(-4));
  if (number % 100 >= 100 - missingPercent) return null;
  return OTHERS[number % KINDS] ?? { type: 'image/jpeg', bytes: jpegOf(imageDocumentId) };
}
