import { sha256Hex } from '../kernel/hash.js';
import { keepFile, uploadPath } from '../platform/uploads/file-store.js';
import { openImage } from '../platform/uploads/image.js';

/** The widths that are kept, in pixels; a smaller image keeps its own width. */
export const IMAGE_WIDTHS = [160, 480, 1080, 2048] as const;
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
export const IMAGE_AREA = 'images';
const MAX_PIXELS = 50_000_000;

export interface StoredImage {
  hash: string;
  width: number;
  height: number;
}

export const imagePath = (uploadsDir: string, hash: string, width: number): string =>
  uploadPath(uploadsDir, IMAGE_AREA, hash, `-${width}.webp`);

/** The smallest stored width that is at least the requested one. */
export function keptWidth(wanted: number): number {
  return IMAGE_WIDTHS.find((width) => width >= wanted) ?? (IMAGE_WIDTHS.at(-1) as number);
}

/** Stores the variants of an uploaded image as WebP. The same bytes are the same files. Throws BAD_INPUT. */
export async function storeImage(uploadsDir: string, body: Buffer): Promise<StoredImage> {
  const made = await openImage(body, { maxPixels: MAX_PIXELS });
  const hash = sha256Hex(body);
  let largest = { width: 0, height: 0 };
  for (const width of IMAGE_WIDTHS) {
    const { data, info } = await made((image) =>
      image.resize({ width, withoutEnlargement: true }).webp({ quality: 80 }).toBuffer({ resolveWithObject: true }),
    );
    await keepFile(imagePath(uploadsDir, hash, width), data);
    largest = info;
  }
  return { hash, width: largest.width, height: largest.height };
}
