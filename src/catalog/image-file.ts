import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { badInput } from '../kernel/errors.js';
import { sha256Hex } from '../kernel/hash.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';

/** The widths that are kept, in pixels; a smaller image keeps its own width. */
export const IMAGE_WIDTHS = [160, 480, 1080, 2048] as const;
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp'];
/** Of what a source keeps already, a GIF is taken too: its first picture. */
export const SOURCE_FORMATS: readonly string[] = [...FORMATS, 'gif'];

export interface StoredImage {
  hash: string;
  width: number;
  height: number;
}

/** Two levels, so that no folder holds more than some thousands. */
export function imagePath(uploadsDir: string, hash: string, width: number): string {
  return path.join(uploadsDir, 'images', hash.slice(0, 2), `${hash}-${width}.webp`);
}

/** The smallest stored width that is at least the requested one. */
export function keptWidth(wanted: number): number {
  return IMAGE_WIDTHS.find((width) => width >= wanted) ?? (IMAGE_WIDTHS.at(-1) as number);
}

/**
 * Checks an upload by decoding it, and stores its variants as WebP without the camera's data (location, owner). Nothing
 * of the given bytes is served as it came. The same bytes are the same files. Throws BAD_INPUT.
 */
export async function storeImage(
  uploadsDir: string,
  body: Buffer,
  formats: readonly string[] = FORMATS,
): Promise<StoredImage> {
  const open = (): Sharp => sharp(body, { limitInputPixels: MAX_PIXELS, failOn: 'error' });
  let format: string | undefined;
  try {
    ({ format } = await open().metadata());
  } catch {
    throw badInput('body', msg`This file is not an image.`);
  }
  if (!format || !formats.includes(format)) throw badInput('body', msg`Send a JPEG, PNG or WebP image.`);
  const hash = sha256Hex(body);
  const folder = path.dirname(imagePath(uploadsDir, hash, 0));
  await mkdir(folder, { recursive: true });
  let largest = { width: 0, height: 0 };
  for (const width of IMAGE_WIDTHS) {
    let variant: { data: Buffer; info: OutputInfo };
    try {
      variant = await open()
        .rotate()
        .resize({ width, withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer({ resolveWithObject: true });
    } catch {
      throw badInput('body', msg`This image is broken or too large.`);
    }
    // Written aside and renamed: whoever reads sees the whole file or none.
    const aside = path.join(folder, `.${newId()}`);
    await writeFile(aside, variant.data, { mode: 0o640 });
    await rename(aside, imagePath(uploadsDir, hash, width));
    largest = variant.info;
  }
  return { hash, width: largest.width, height: largest.height };
}
