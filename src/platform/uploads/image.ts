import sharp, { type Sharp } from 'sharp';
import { badInput } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';

export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/webp'];
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif';
/** What people may upload. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['jpeg', 'png', 'webp'];

/**
 * Checks by decoding it that an upload is an image, whatever it calls itself, and answers what makes an image of it anew:
 * nothing of the given bytes is served as it came, and the camera's data (location, owner) stays out. Throws BAD_INPUT.
 */
export async function openImage(
  body: Buffer,
  { maxPixels, formats = IMAGE_FORMATS }: { maxPixels: number; formats?: readonly ImageFormat[] },
): Promise<<Made>(make: (image: Sharp) => Promise<Made>) => Promise<Made>> {
  const open = (): Sharp => sharp(body, { limitInputPixels: maxPixels, failOn: 'error' });
  let format: string | undefined;
  try {
    ({ format } = await open().metadata());
  } catch {
    throw badInput('body', msg`This file is not an image.`);
  }
  if (!formats.some((known) => known === format)) throw badInput('body', msg`Send a JPEG, PNG or WebP image.`);
  return async (make) => {
    try {
      return await make(open().rotate());
    } catch {
      throw badInput('body', msg`This image is broken or too large.`);
    }
  };
}
