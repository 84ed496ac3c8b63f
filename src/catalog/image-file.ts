import { sha256Hex } from '../kernel/hash.js';
import { keepFile, uploadPath } from '../platform/uploads/file-store.js';
import { IMAGE_FORMATS, type ImageFormat, openImage } from '../platform/uploads/image.js';

/** The widths that are kept, in pixels; a smaller image keeps its own width. */
export const IMAGE_WIDTHS = [160, 480, 1080, 2048] as const;
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
export const IMAGE_AREA = 'images';
const MAX_PIXELS = 50_000_000;
/** Of what a source keeps already, a GIF is taken too: its first picture. */
export const SOURCE_FORMATS: readonly ImageFormat[] = [...IMAGE_FORMATS, 'gif'];

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

/**
 * Stores the variants of an image as WebP, without the camera's data (location, owner). The same bytes are the same files.
 * Throws BAD_INPUT.
 */
export async function storeImage(
  uploadsDir: string,
  body: Buffer,
  formats: readonly ImageFormat[] = IMAGE_FORMATS,
): Promise<StoredImage> {
  const made = await openImage(body, { maxPixels: MAX_PIXELS, formats });
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
