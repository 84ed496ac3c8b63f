import { badInput } from '../kernel/errors.js';
import { sha256Hex } from '../kernel/hash.js';
import { msg } from '../kernel/message.js';
import { keepFile, uploadPath } from '../platform/uploads/file-store.js';
import { openImage } from '../platform/uploads/image.js';
import type { AttachmentType } from './expense-attachment.entity.js';

export const ATTACHMENT_AREA = 'attachments';
export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
/** Wide enough to read the small print of a receipt. */
const WIDTH = 2048;

export interface StoredFile {
  hash: string;
  mediaType: AttachmentType;
  bytes: number;
}

const ENDINGS: Record<AttachmentType, string> = { 'image/webp': '.webp', 'application/pdf': '.pdf' };

export const attachmentPath = (uploadsDir: string, hash: string, mediaType: AttachmentType): string =>
  uploadPath(uploadsDir, ATTACHMENT_AREA, hash, ENDINGS[mediaType]);

const HEAD = Buffer.from('%PDF-');
const TAIL = Buffer.from('%%EOF');
/** Readers accept some bytes after the mark that ends a PDF. */
const TAIL_WITHIN = 1024;

/** A PDF by its content, whole from its head to the mark at its end. */
const isPdf = (body: Buffer): boolean =>
  body.subarray(0, HEAD.length).equals(HEAD) && body.subarray(Math.max(0, body.length - TAIL_WITHIN)).includes(TAIL);

/** Stores an uploaded image as WebP, or a PDF as it came; the same bytes are the same file. Throws BAD_INPUT. */
export async function storeAttachment(uploadsDir: string, body: Buffer): Promise<StoredFile> {
  const hash = sha256Hex(body);
  const keep = async (mediaType: AttachmentType, data: Buffer): Promise<StoredFile> => {
    await keepFile(attachmentPath(uploadsDir, hash, mediaType), data);
    return { hash, mediaType, bytes: data.length };
  };
  if (body.subarray(0, HEAD.length).equals(HEAD)) {
    if (!isPdf(body)) throw badInput('body', msg`This PDF is broken.`);
    return keep('application/pdf', body);
  }
  const made = await openImage(body, { maxPixels: MAX_PIXELS });
  const resized = await made((image) =>
    image.resize({ width: WIDTH, withoutEnlargement: true }).webp({ quality: 80 }).toBuffer(),
  );
  return keep('image/webp', resized);
}
