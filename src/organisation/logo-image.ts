import type { LogoImage } from './company.service.js';
import { openImage } from '../platform/uploads/image.js';

export const MAX_LOGO_BYTES = 5 * 1024 * 1024;
const MAX_PIXELS = 25_000_000;
/** Sharp on paper, where it is at most 40 mm wide. */
const LARGEST = { width: 600, height: 300 };

export const logoPath = (id: string): string => `/api/company/logo/${id}`;

/** Makes of an uploaded image what is printed: a PNG on white. Throws BAD_INPUT. */
export async function printableLogo(body: Buffer): Promise<LogoImage> {
  const made = await openImage(body, { maxPixels: MAX_PIXELS });
  const { data, info } = await made((image) =>
    image
      .resize({ ...LARGEST, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .png({ compressionLevel: 9 })
      .toBuffer({ resolveWithObject: true }),
  );
  return { png: data, width: info.width, height: info.height };
}
