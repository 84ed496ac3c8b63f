/** The two places that a release can run in. One serves, the other is idle or kept warm. */
export const SLOTS = ['blue', 'green'] as const;
export type Slot = (typeof SLOTS)[number];

export const otherSlot = (slot: Slot): Slot => (slot === 'blue' ? 'green' : 'blue');

export const isSlot = (text: string): text is Slot => text === 'blue' || text === 'green';

export interface Release {
  version: string;
  commit: string | null;
  /** Where it lies: a folder for the local and the systemd driver, an image for compose. */
  location: string;
}

const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** A version becomes a folder, an image tag and a header, so it is plain. */
export const isVersion = (text: string): boolean => VERSION.test(text);
