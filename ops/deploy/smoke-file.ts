import path from 'node:path';
import { templateDir } from '../nginx/render.js';

/** The checks lie in the source tree, beside the templates of nginx. */
export const smokeFile = (): string => path.join(templateDir(), '..', 'smoke.json');
