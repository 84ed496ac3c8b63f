import sharp, { type Sharp } from 'sharp';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { LogoImage } from './company.service.js';

export const MAX_LOGO_BYTES = 5 * 1024 * 1024;
export const LOGO_TYPES = ['image/jpeg', 'image/png', 'image/webp'];
const FORMATS = new Set(['jpeg', 'png', 'webp']);
const MAX_PIXELS = 25_000_000;
/** Sharp on paper, where it is at most 40 mm wide. */
const LARGEST = { width: 600, height: 300 };

export const logoPath = (id: string): string => `/api/company/logo/${id}`;

/** Checks an upload by decoding it, and makes of it what is printed: a PNG on white. Throws BAD_INPUT. */
export async function printableLogo(body: Buffer): Promise<LogoImage> {
  const open = (): Sharp => sharp(body, { limitInputPixels: MAX_PIXELS, failOn: 'error' });
  let format: string | undefined;
  try {
    ({ format } = await open().metadata());
  } catch {
    throw badInput('body', msg`This file is not an image.`);
  }
  if (!format || !FORMATS.has(format)) throw badInput('body', msg`Send a JPEG, PNG or WebP image.`);
  try {
    const { data, info } = await open()
      .rotate()
      .resize({ ...LARGEST, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .png({ compressionLevel: 9 })
      .toBuffer({ resolveWithObject: true });
    return { png: data, width: info.width, height: info.height };
  } catch {
    throw badInput('body', msg`This image is broken or too large.`);
  }
}
